"""The runtime that rides in every encoderfile: reads the format, runs the model, in numpy and the standard library."""

__version__ = "0.1.0"
