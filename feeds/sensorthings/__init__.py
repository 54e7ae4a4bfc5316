"""Other towns' OGC SensorThings servers (OGC 18-088): Datastreams as stations, Observations as readings."""
