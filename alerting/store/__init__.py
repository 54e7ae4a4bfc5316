"""People who can be called, running alarms and every call, in PostgreSQL."""
