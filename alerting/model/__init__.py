"""Rules, chains and recipients without I/O."""
