"""Who this node is: its keys, the words by which humans compare them, and the document that says so."""
