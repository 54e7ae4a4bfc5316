"""The stream to each partner: built from the log by agreement, sent until it is acknowledged."""
