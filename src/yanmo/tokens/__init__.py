"""Documents in; a tokenizer, token shards and training batches out.

Reads the Parquet documents of a corpus, learns a byte-level vocabulary, stores every token once,
and hands out packed rows in an order that depends on nothing but the seed and the step. Knows no
model and no device.
"""
