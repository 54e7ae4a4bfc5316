"""What the sources really said: raw answers kept some days, and recorded files played again."""
