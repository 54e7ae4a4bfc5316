"""Incidents that two nodes hold for the same: the link between them, and both operations logs side by side."""
