"""Vectors for whole words: word2vec and fastText.

`train` learns them from sentences (the one module that loads gensim), `vectors` answers questions
about them with numpy alone, `ngrams` composes words that training never saw, `folder` and
`text_format` keep them on disk, `score` holds them against human judgements. Nothing here cuts text
into words.
"""
