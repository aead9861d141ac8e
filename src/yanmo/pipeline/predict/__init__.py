"""What `yanmo predict` does: rows of a file in, the same rows with what a model says of them out.

`table` reads the rows, `work` asks the model, `output` writes them, `run` puts the three together.
`ask` is `yanmo ask`: one question, one text, an answer with the sentence that says so.
"""
