"""HTTP, thin: each module takes the objects it needs and returns its routes."""
