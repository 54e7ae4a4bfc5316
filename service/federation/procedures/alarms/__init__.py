"""Alarms across the border: steps of ours that reach a partner's people, and what partners ask of ours."""
