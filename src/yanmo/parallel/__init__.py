"""Many processes as one: ranks that talk, a mesh of devices, and a model spread over it.

A finished model of one device comes in; the same model comes out, cut along the axes of a mesh.
Knows nothing of data, optimisers and checkpoints.
"""
