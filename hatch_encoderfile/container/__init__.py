"""Writing the container: content, manifest, file, and the closing check. Reading is `encoderfile_runtime.format`."""
