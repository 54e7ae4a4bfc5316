"""Prioritising what is scarce: a proposal with its reasons, and what humans decide about it."""
