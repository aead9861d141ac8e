"""Which documents are held out.

Comes in: the id of a document. Goes out: its split. The answer depends on the id alone, so it is
the same on every machine, and adding documents to a corpus never moves one that was there.
"""

from __future__ import annotations

from collections.abc import Mapping

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.corpus.document import SPLITS

_DIGITS = 13  # of the id's 32; 52 bits are exact in a float


def split_of(document_id: str, validation_frac: float, test_frac: float) -> str:
    """`train`, `validation` or `test`.

    The id is read as a position between 0 and 1. Validation takes the lower end and test the upper
    one, so that a change of one fraction leaves the other split as it was.
    """
    position = int(document_id[:_DIGITS], 16) / 16**_DIGITS
    if position < validation_frac:
        return "validation"
    return "test" if position >= 1.0 - test_frac else "train"


def check_splits(documents: Mapping[str, int], where: str) -> None:
    """Refuse a corpus in which a split is empty.

    Args:
        documents: the number of documents in each split.
        where: the corpus, for the message.

    Raises:
        DataError: there are no documents, or too few of them to have all three splits.
    """
    total = sum(documents.values())
    if total == 0:
        raise DataError(
            t("every document was rejected"),
            where=where,
            hint=t("The reasons are in report.json in this folder."),
        )
    empty = [name for name in SPLITS if documents.get(name, 0) == 0]
    if empty:
        raise DataError(
            t(
                "a corpus of {count} documents leaves nothing for {splits}",
                count=total,
                splits=", ".join(empty),
            ),
            where=where,
            why=t("documents are held out one by one, and training needs held-out text"),
            hint=t(
                "Add text, raise corpus.validation_frac and corpus.test_frac, or lower "
                "max_document_characters so that long files become more documents."
            ),
        )
