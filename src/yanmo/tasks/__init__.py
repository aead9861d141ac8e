"""Tasks: published or own data as typed examples, and the metrics that belong to them.

Comes in: local files in the published formats. Goes out: examples by split, validated row by row,
and figures for predictions. Knows no model and no tokenizer.
"""
