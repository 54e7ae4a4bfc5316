"""Our readings as OGC SensorThings 1.1, for others to read."""
