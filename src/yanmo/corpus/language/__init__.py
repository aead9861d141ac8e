"""Which language a document is in.

Comes in: documents. Goes out: their language as a code with a confidence, and reasons to drop those
in other languages. `config` holds the settings, `identify` the two steps, `predictor` the bundled
model, `code_points` the kernels that look at letters. Knows nothing of what the text is about.
"""
