"""Who read personal data, and who changed people, rooms and rights."""
