"""What drills show: who is reached."""
