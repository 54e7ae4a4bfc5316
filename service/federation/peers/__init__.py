"""Partners: invited, compared by two humans, suspended, revoked; their keys and how we reach them."""
