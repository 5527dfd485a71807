"""Files taken apart, compared, and built again."""
