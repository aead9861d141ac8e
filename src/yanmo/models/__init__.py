"""Model families as configurations of the layers in `nn`, with their name tables to Hugging Face.

One file per family; `registry` finds a family by name and builds it. Nothing here knows data,
optimisers or files.
"""
