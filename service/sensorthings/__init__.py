"""What is measured, as OGC SensorThings API 1.1 (18-088), for reading."""
