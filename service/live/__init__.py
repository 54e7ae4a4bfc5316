"""The live line: one follower of the log, one frame per group of equal subscriptions, written to every socket."""
