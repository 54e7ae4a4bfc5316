"""What dispatch systems, radios and trackers say of resources, and what they ask of us."""
