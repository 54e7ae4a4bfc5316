"""One's own page: when and how somebody can be reached, what he can, what we hold of him, and the way out."""
