"""How much of each source, domain or language goes into a corpus."""
