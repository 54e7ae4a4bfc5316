"""How each partner stands: what was heard, what waits, what both hold of each other."""
