"""The operations log of each staff: written, read, closed, verified and exported."""
