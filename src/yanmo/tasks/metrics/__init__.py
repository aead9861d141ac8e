"""What predictions are worth: the figures of each kind of task.

A metric turns gold and predictions into numbers for each item and those into one figure, so that
whoever wants an interval can draw items anew. Knows no model and no file.
"""
