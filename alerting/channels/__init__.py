"""What carries a call to a person: one gateway per way, each tells what became of it."""
