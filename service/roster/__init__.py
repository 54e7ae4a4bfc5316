"""People who can be called: kept by their organisation, and by themselves."""
