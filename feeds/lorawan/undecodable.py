from __future__ import annotations


class Undecodable(Exception):
    """The bytes or values of a device say nothing we know how to read; the message says why."""
