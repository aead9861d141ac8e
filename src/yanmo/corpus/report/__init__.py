"""What a corpus is: its account, its report in three forms, and the comparison of two corpora.

Comes in: batches as they pass the engine. Goes out: `report.json`, and from it alone a table for
the terminal, a data card, and advice on which of two corpora to take.
"""
