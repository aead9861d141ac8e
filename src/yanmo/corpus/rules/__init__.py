"""Quality rules: which documents are good enough to learn from.

Comes in: batches of documents. Goes out: for every document the reason why it is rejected, or none,
and what was measured. The published rules (Gopher, C4, FineWeb) stand beside rules made for Chinese
characters; all of them measure in compiled kernels over Arrow's bytes. Knows nothing of duplicates
between documents.
"""
