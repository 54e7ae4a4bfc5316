"""Data rooms and who is in them."""
