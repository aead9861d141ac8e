"""Text cut into words.

Comes in: text. Goes out: its words, in order, and with a word list or a tagger learned from text
that somebody has segmented. `words` cuts text with spaces, `chinese` mixed text with jieba or a
segmenter of our own, `unigram` and `tagger` are those, `score` measures them. Language models need
none of this; word counts and key words do.
"""
