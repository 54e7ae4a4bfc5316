"""What partners send: checked, kept in rooms of its own, set aside where it is wrong, withdrawn."""
