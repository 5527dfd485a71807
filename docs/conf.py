"""The site of `make docs`: Sphinx reads the Markdown of this folder through MyST.

Sphinx is what CPython's own documentation is made with: it is maintained, checks references itself, and its theme furo brings
its own styles, scripts and fonts, so that a page asks no other host for anything.
"""

project = "hatch-encoderfile"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}

# GitHub shows the same files: headings get the anchors that it gives them.
myst_heading_anchors = 4

# A reference that leads nowhere is a warning, and `make docs` ends at a warning.
nitpicky = True

html_theme = "furo"
html_title = "hatch-encoderfile"
# Pages are the same bytes wherever and whenever they are built: no date, no copy of the sources.
html_copy_source = False
html_show_copyright = False
html_last_updated_fmt = None
