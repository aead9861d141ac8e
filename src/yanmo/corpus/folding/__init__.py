"""One way to write Chinese.

Comes in: text. Goes out: the same text with full-width letters narrowed, variant characters
replaced, and traditional characters simplified or the other way round, each only where asked for.
`width`, `variants` and `opencc` are the three kinds, `fold` puts them together and makes the step.
Language models are trained on text as it is written; counting and comparing gains from folding.
"""
