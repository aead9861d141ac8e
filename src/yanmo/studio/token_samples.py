"""How many characters and bytes a token of a tokenizer stands for, by language, on held-out text.

In: tokenizers and the corpus of a run. Out: sums by language over the same documents for every
tokenizer, so that they can be compared. Few documents of each language are read: those that come
first among the held-out ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.corpus.document import read_documents
from yanmo.studio.tokenizer_shelf import OpenTokenizer

MAX_CHARACTERS = 150_000
"""Of each language."""
MAX_DOCUMENT_CHARACTERS = 10_000
"""Of each document; the rest of a long one is left out, so that it is not the whole sample."""
_HELD_OUT = ("validation", "test")


def sample_texts(corpus_dir: Path) -> dict[str, list[str]]:
    """Held-out texts by language, the language with most text first.

    Raises:
        DataError: there is no corpus, it is damaged, or nothing is held out.
    """
    import pyarrow as pa

    texts: dict[str, list[str]] = {}
    sizes: dict[str, int] = {}
    try:
        for split in _HELD_OUT:
            for batch in read_documents(corpus_dir, split=split, columns=["text", "language"]):
                pairs = zip(batch["text"].to_pylist(), batch["language"].to_pylist(), strict=True)
                for text, language in pairs:
                    name = language or ""
                    if sizes.get(name, 0) < MAX_CHARACTERS:
                        kept = text[:MAX_DOCUMENT_CHARACTERS]
                        texts.setdefault(name, []).append(kept)
                        sizes[name] = sizes.get(name, 0) + len(kept)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            t("these documents cannot be read"), where=str(corpus_dir), why=str(error)
        ) from error
    if not texts:
        raise DataError(
            t("no document of this corpus is held out"),
            where=str(corpus_dir),
            hint=t("Give the splits something: corpus.split.validation_frac=0.05"),
        )
    return dict(sorted(texts.items(), key=lambda item: -sizes[item[0]]))


def count_by_language(
    opened: Sequence[OpenTokenizer], texts: dict[str, list[str]]
) -> list[dict[str, Any]]:
    """Documents, characters and bytes of each language, and the tokens of each tokenizer."""
    return [
        {
            "language": language,
            "documents": len(found),
            "characters": sum(map(len, found)),
            "bytes": sum(len(text.encode("utf-8", "replace")) for text in found),
            "tokens": [sum(len(one.codec.encode(text)) for text in found) for one in opened],
        }
        for language, found in texts.items()
    ]
