"""What may leave: agreements (Freigaben) for a partner and a room, and what they leave out of each thing."""
