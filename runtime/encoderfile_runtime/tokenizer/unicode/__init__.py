"""What the `tokenizers` library knows of Unicode, the same under every Python."""
