"""Rules of the picture as plain frozen dataclasses and pure functions; `now` is always passed in."""
