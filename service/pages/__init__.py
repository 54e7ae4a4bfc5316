"""Pages without the operations screen: made here on the server, for phones, without script and without cookies."""
