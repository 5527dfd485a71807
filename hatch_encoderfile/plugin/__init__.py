"""The Hatch plugin: a builder for `hatch build -t encoderfile`, and a build hook for wheels."""
