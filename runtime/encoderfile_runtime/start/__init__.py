"""The entry points of an encoderfile: launcher of the portable base, entry of the standalone base, dispatch of commands."""
