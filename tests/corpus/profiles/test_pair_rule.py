"""The rule for pairs of translations."""

from __future__ import annotations

import json

import pyarrow as pa

from yanmo.corpus.document import DOCUMENT_SCHEMA
from yanmo.corpus.profiles.config import PairConfig
from yanmo.corpus.profiles.pair_rule import PairRule


def test_single_pairs_are_judged_and_everything_else_is_let_through() -> None:
    metadata = [
        {"pairs": [["A man sleeps.", "Ein Mann schläft."]]},
        {"pairs": [["one", "viele Wörter " * 10]]},
        {"pairs": [["one", "viele Wörter " * 10], ["two", "zwei"]]},
        {"pairs": [["same", "same"]]},
        {"note": 'the word "pairs": in a text'},
        {},
    ]
    rows = len(metadata)
    columns = {name: ["x"] * rows for name in DOCUMENT_SCHEMA.names}
    columns["metadata"] = [json.dumps(entry, separators=(",", ":")) for entry in metadata]
    batch = pa.RecordBatch.from_pydict(columns, schema=DOCUMENT_SCHEMA)
    reasons = PairRule(PairConfig()).judge(batch).reasons.to_pylist()
    assert reasons == [None, "length_ratio", None, "copy", None, None]
