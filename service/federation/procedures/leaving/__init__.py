"""A partner is left for good: it hears that nothing is shared any more, and its things here are kept or dropped."""
