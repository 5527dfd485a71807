"""The file format: container, manifest and layout are read and every byte is accounted for."""
