"""The commit that is checked out, and what its tree says of a path, read from `.git` as files. No git is started.

git itself runs what configuration, attributes and remotes name. dulwich does not, but follows `include.path`, alternates, links
and gitdir files wherever they lead and bounds neither lengths nor delta chains; and all that is needed here is the way from HEAD
to one tree. The index is not read: it is a cache that may say "unchanged" of anything (assume-unchanged, skip-worktree), and what
a commit holds stands in its tree.

Formats: git's Documentation/gitformat-pack.txt, gitrepository-layout.txt, gitformat-index.txt, hash-function-transition.txt.
"""

from .folder import GitError
from .repository import Repository

__all__ = ["GitError", "Repository"]
