"""What sources said, kept word for word for some days, and said again."""
