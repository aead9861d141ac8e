"""The web application: runs, data, tokenizers, models looked at in a browser."""
