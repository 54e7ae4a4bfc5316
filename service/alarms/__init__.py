"""Alarms and their plans: made, started, watched, ended."""
