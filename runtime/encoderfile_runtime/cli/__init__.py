"""Shared by the commands of an encoderfile: arguments, options, input streams, output formats."""
