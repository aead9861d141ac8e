"""What `yanmo predict` does: rows of a file in, the same rows with what a model says of them out.

`table` reads the rows, `work` asks the model, `output` writes them, `run` puts the three together.
"""
