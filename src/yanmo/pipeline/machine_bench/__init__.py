"""`yanmo bench`: what this machine reaches: matrix products, memory, messages between processes,
training and writing.

`measure` does the work, `collective` is what two processes run, `table` shows the figures.
"""
