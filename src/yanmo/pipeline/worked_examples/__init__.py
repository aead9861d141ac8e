"""Small computations of a language model with all their numbers, as `yanmo math` prints them.

Each takes an example that articles about language models give, often with wrong numbers, and
computes it with the layers that the models here are made of.
"""
