"""What providers tell us: receipts, answers by SMS and keys pressed on a phone."""
