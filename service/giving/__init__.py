"""What we give to others: CAP, GeoJSON, OGC API Features."""
