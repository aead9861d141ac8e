"""Decoding in C: a decoder's step over cache slots, compiled for this processor on first use.

The C sources in this folder are the kernels; the Python beside them compiles them, brings weights
into the layout that they stream, and calls them. `build.py` is the door.
"""
