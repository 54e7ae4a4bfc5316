"""When lines are down: the same envelopes as files, through a relay that cannot read them, and in one LAN."""
