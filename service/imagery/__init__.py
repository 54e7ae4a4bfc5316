"""Jobs that fetch scenes and find water and burned ground in them."""
