"""Sources that are a block in the settings and no code: GeoJSON, WFS, OGC API Features, CAP, RSS, CSV, JSON lists."""
