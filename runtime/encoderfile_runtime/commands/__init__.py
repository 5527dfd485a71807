"""The commands of an encoderfile, a module each with `add_arguments(parser)` and `run(container, options)`.

A command is imported when it is asked for and no sooner: this code is compiled at every start.
"""
