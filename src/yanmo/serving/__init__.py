"""Models over HTTP: the OpenAI interface, task models beside it, metrics, and an orderly end."""
