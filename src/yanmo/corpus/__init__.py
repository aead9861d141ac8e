"""Raw sources in, clean documents out.

Comes in: what a `CorpusConfig` names (files in many formats, the documentation of this Python
installation). Goes out: a folder of Parquet files of documents, the rejected documents with the
reason for each, and a report that accounts for everything that was read. Knows text, encodings
and scripts; knows nothing of tokens or models. `build.build_corpus` is the entrance.
"""
