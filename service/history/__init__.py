"""Past moments of the picture: how far back they go, and what changed between two of them."""
