"""The Meldekopf: forces check in, get their first order and go on; who is under way and has not arrived."""
