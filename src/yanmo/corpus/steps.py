"""What a step of the corpus engine is.

A step sees a batch of documents as Arrow columns. A transform gives the batch back with new text;
a rule gives a reason for every document that it rejects. Neither deletes or writes anything: the
runner does that, so that every step stays a function that can run anywhere.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import pyarrow as pa


@runtime_checkable
class Transform(Protocol):
    """A step that rewrites text."""

    @property
    def name(self) -> str:
        """The name under which the report counts the documents that it changed."""

    def transform(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The same rows in the same order, with new values in the `text` column.

        The runner renews the ids of the rows whose text changed.
        """


@runtime_checkable
class Rule(Protocol):
    """A step that rejects documents.

    A rule may remember what it has seen (duplicates do); the runner then shows it every document
    exactly once and always in the same order.
    """

    @property
    def name(self) -> str:
        """The name under which the report counts the documents that it rejected."""

    def judge(self, batch: pa.RecordBatch) -> pa.StringArray:
        """One value a row: the reason why the document is rejected, or null where it is kept."""


Step = Transform | Rule
"""One step of the engine."""
