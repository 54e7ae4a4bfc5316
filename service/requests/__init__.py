"""Requests for forces and material across organisations: asked, offered, held, promised, lent, given back."""
