"""Who must know, and do they."""
