"""Custody of warnings: each has an owner, a deadline and a decision."""
