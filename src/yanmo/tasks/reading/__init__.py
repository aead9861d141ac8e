"""Strict reading: every row of a file with its place, or an error that names the row.

Comes in: a file as JSONL, JSON, CSV, TSV, Parquet, CoNLL blocks or plain lines, also gzipped or
inside a zip. Goes out: rows. Nothing is skipped or repaired. Knows no task.
"""
