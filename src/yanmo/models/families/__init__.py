"""Families that others know too: each file says how a configuration and its weights are written in
Hugging Face's form, and read from it. Nothing here knows files or the code of a model."""
