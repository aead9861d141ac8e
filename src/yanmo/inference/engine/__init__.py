"""Requests in, tokens out: many texts are written at once over a fixed pool of cache slots."""
