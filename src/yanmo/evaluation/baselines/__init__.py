"""What a sceptic would compare with: methods without a neural network, learned in seconds.

Each takes training data in plain form (texts, labels, pairs) and gives predictions in the form that
the task's metrics read.
"""
