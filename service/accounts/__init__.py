"""Organisations, people and how they sign in."""
