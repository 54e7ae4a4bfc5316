"""The view from space: scenes of the Copernicus Data Space, and what of them is water or burned."""
