"""Pages for a phone with one bar of signal: opened from a link, without sign-in and without script."""
