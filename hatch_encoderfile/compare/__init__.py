"""Extracting, comparing and reproducing encoderfiles."""
