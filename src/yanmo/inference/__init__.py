"""A trained model at work: sampling with a key-value cache, streaming text, scoring documents."""
