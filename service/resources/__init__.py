"""What organisations have: fleets, resources and stock; their status and deployment."""
