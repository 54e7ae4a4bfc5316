"""Spontaneous helpers: they register, are invited, work in slots at jobs and are thanked."""
