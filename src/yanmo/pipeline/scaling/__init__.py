"""Scaling laws: small runs of several sizes and lengths, a law fitted to their losses, and what it
says of a run that has not been made.

`law` fits and predicts, `grid` says which runs there are, `experiment` has them made and writes the
report, `table` and `page` show it.
"""
