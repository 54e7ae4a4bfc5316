"""Orders: issued, answered, controlled."""
