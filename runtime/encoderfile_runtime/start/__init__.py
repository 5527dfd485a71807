"""What starts an encoderfile: the portable launcher, the standalone entry, imports ahead of time."""
