"""What travels between nodes, how it is signed and checked, and what is refused."""
