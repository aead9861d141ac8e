"""How good a model is: loss, perplexity, bits per byte and accuracy, with their uncertainty.

Compares any number of scorers on the same documents. Knows how scores are summed up, not how a
model makes them.
"""
