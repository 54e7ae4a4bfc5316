"""What an organisation keeps in a room of its own: its stock, its people."""
