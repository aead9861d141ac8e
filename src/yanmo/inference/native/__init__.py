"""Decoding in C: weights of 32, 16, 8 and 4 bits, compiled for this processor on first use."""
