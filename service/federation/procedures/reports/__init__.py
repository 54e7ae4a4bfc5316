"""Situation reports to whoever is above, who has reported and who is silent, and the sum over those below."""
