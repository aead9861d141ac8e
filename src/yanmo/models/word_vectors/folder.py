"""Word vectors as a folder: `config.json`, `words.txt`, `vectors.safetensors`.

`words.txt` has a word on each line, in the order of the rows; the tensors are `vectors` and, for
fastText, `bucket_ids` and `buckets`. `config.json` is written last: a folder without it is
unfinished. Knows nothing of training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from yanmo.core.config import Config
from yanmo.core.errors import CheckpointError
from yanmo.core.files import write_atomically, write_json
from yanmo.core.messages import t
from yanmo.models.word_vectors.config import Method
from yanmo.models.word_vectors.ngrams import Subwords
from yanmo.models.word_vectors.vectors import WordVectors

CONFIG_NAME = "config.json"
WORDS_NAME = "words.txt"
VECTORS_NAME = "vectors.safetensors"
FILE_NAMES = (CONFIG_NAME, WORDS_NAME, VECTORS_NAME)


class StoredSubwords(Config):
    """How the n-grams of a folder are cut and numbered."""

    min_chars: int
    """Characters of the shortest n-gram."""
    max_chars: int
    """Characters of the longest n-gram."""
    num_buckets: int
    """Buckets that n-grams are hashed into."""


class StoredWordVectors(Config):
    """The content of `config.json`."""

    kind: Literal["word_vectors"] = "word_vectors"
    """What the folder holds."""
    format_version: Literal[1] = 1
    """Version of the layout."""
    method: Method | Literal["imported"]
    """How the vectors were made."""
    num_words: int
    """Words, and rows."""
    d_model: int
    """Width of a vector."""
    is_lowercase: bool
    """Words are in lower case."""
    subwords: StoredSubwords | None
    """Numbering of n-grams; None where there are none."""
    training: dict[str, Any] | None
    """The settings of the training, where they are known."""


def save_word_vectors(vectors: WordVectors, directory: Path) -> list[Path]:
    """Write vectors to a folder, which is made; the files, `config.json` last.

    Raises:
        OSError: the folder cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    paths = [directory / name for name in (WORDS_NAME, VECTORS_NAME, CONFIG_NAME)]
    (directory / CONFIG_NAME).unlink(missing_ok=True)  # what stood here is no longer whole
    tensors: dict[str, NDArray[Any]] = {"vectors": np.ascontiguousarray(vectors.matrix)}
    subwords = None
    if vectors.subwords is not None:
        tensors["bucket_ids"] = np.ascontiguousarray(vectors.subwords.bucket_ids)
        tensors["buckets"] = np.ascontiguousarray(vectors.subwords.vectors)
        subwords = {name: getattr(vectors.subwords, name) for name in StoredSubwords.model_fields}
    config = StoredWordVectors.model_validate(
        {
            "method": vectors.method,
            "num_words": len(vectors),
            "d_model": vectors.d_model,
            "is_lowercase": vectors.is_lowercase,
            "subwords": subwords,
            "training": vectors.training,
        }
    )
    write_atomically(paths[0], "".join(f"{word}\n" for word in vectors.words))
    write_atomically(paths[1], save(tensors))
    write_json(paths[2], config.model_dump(mode="json"))
    return paths


def load_word_vectors(directory: Path) -> WordVectors:
    """Read the vectors of a folder.

    Raises:
        CheckpointError: a file is missing, truncated or damaged, or the files do not fit.
    """
    config = _read_config(directory / CONFIG_NAME)
    words = _read_words(directory / WORDS_NAME, config.num_words)
    shapes: dict[str, tuple[str, tuple[int | None, ...]]] = {
        "vectors": ("F32", (config.num_words, config.d_model))
    }
    if config.subwords is not None:
        shapes |= {"bucket_ids": ("I64", (None,)), "buckets": ("F32", (None, config.d_model))}
    tensors = _read_tensors(directory / VECTORS_NAME, shapes)
    subwords = None
    if config.subwords is not None:
        if len(tensors["bucket_ids"]) != len(tensors["buckets"]):
            raise _damaged(directory / VECTORS_NAME, "bucket_ids, buckets")
        subwords = Subwords(
            **config.subwords.model_dump(),
            bucket_ids=tensors["bucket_ids"],
            vectors=tensors["buckets"],
        )
    return WordVectors(
        words,
        tensors["vectors"],
        is_lowercase=config.is_lowercase,
        subwords=subwords,
        method=config.method,
        training=config.training,
    )


def _read_config(path: Path) -> StoredWordVectors:
    try:
        return StoredWordVectors.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CheckpointError(
            t("there are no word vectors here"),
            where=str(path.parent),
            why=t("{name} is missing", name=CONFIG_NAME),
            hint=t("Make them with: yanmo vectors train RECIPE"),
        ) from error
    except (ValidationError, ValueError, OSError, RecursionError) as error:
        why = f"{error}".splitlines()[0]
        raise CheckpointError(
            t("this is no description of word vectors"), where=str(path), why=why
        ) from error


def _read_words(path: Path, num_words: int) -> list[str]:
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, str(error)) from error
    words = text.split("\n")
    if words.pop() != "" or len(words) != num_words or len(set(words)) != num_words:
        why = t("{found:,} words, and {count:,} are expected", found=len(words), count=num_words)
        raise _damaged(path, why)
    return words


def _read_tensors(
    path: Path, shapes: Mapping[str, tuple[str, tuple[int | None, ...]]]
) -> dict[str, NDArray[Any]]:
    """The tensors named in `shapes`, each of its type and shape; None is any length."""
    tensors: dict[str, NDArray[Any]] = {}
    try:
        with safe_open(path, framework="np") as file:
            for name, (dtype, shape) in shapes.items():
                stored = file.get_slice(name)
                sizes = stored.get_shape()
                fits = len(sizes) == len(shape) and all(
                    expected in (size, None) for size, expected in zip(sizes, shape, strict=True)
                )
                if not fits or stored.get_dtype() != dtype:
                    raise _damaged(path, f"{name}: {stored.get_dtype()} {sizes}")
                tensors[name] = file.get_tensor(name)
    except (SafetensorError, OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    if not all(np.isfinite(tensor).all() for tensor in tensors.values()):
        raise _damaged(path, "nan, inf")
    return tensors


def _damaged(path: Path, why: str) -> CheckpointError:
    return CheckpointError(
        t("this file of word vectors is missing, truncated or damaged"),
        where=str(path),
        why=why,
        hint=t("Copy it again, or make it again with: yanmo vectors train RECIPE"),
    )
