"""Which documents are held out for validation and test: by hash, by time or by domain."""
