"""Several kinds of model trained under one budget on the same tokens, and held side by side.

Each candidate trains in a process of its own, one after another; the parent scores nothing itself,
but sums up what they left on the same held-out documents.
"""
