"""Shifts of an organisation's people, their rest, and who could relieve whom."""
