"""What two staffs say to each other: sent, there, read, answered. A message lies in the partner's exchange room."""
