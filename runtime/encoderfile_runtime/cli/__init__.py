"""What the commands of an encoderfile share: arguments, options, input streams, output formats."""
