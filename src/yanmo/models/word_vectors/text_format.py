"""Word vectors as text, the form that word2vec and fastText write with `.vec` or `.txt`.

The first line says how many words there are and how wide they are; every other line is a word and
its numbers, between spaces. Comes in and goes out: `WordVectors`. What the form cannot hold, the
n-grams of fastText and the settings of the training, is not in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import DataError
from yanmo.core.files import write_atomically
from yanmo.core.messages import t
from yanmo.models.word_vectors.vectors import WordVectors

_BYTES_PER_NUMBER = 2  # a digit and a space at least


def export_text(vectors: WordVectors, path: Path) -> None:
    """Write the words and their vectors; nine digits, so that they are read back bit by bit.

    Raises:
        DataError: a word holds a space, which the form cannot.
        OSError: the file cannot be written.
    """
    for word in vectors.words:
        if any(character.isspace() for character in word):
            raise DataError(
                t("the text form cannot hold the word {word!r}, which has a space", word=word),
                where=str(path),
            )
    lines = [f"{len(vectors)} {vectors.d_model}"]
    for word, row in zip(vectors.words, vectors.matrix.tolist(), strict=True):
        lines.append(f"{word} " + " ".join(f"{value:.9g}" for value in row))
    write_atomically(path, "\n".join(lines) + "\n")


def import_text(path: Path) -> WordVectors:
    """Read vectors that word2vec, fastText or gensim wrote as text.

    Raises:
        DataError: the file cannot be read or is not of this form; the line is named.
    """
    try:
        with path.open("rb") as file:
            num_words, d_model = _read_sizes(path, file.readline())
            if num_words * d_model * _BYTES_PER_NUMBER > path.stat().st_size:
                raise _wrong_line(path, 1, t("the file is too short for so many numbers"))
            words, matrix = _read_rows(path, file, num_words, d_model)
    except OSError as error:
        raise DataError(t("this file cannot be read"), where=str(path), why=str(error)) from error
    return WordVectors(words, matrix)


def _read_sizes(path: Path, line: bytes) -> tuple[int, int]:
    """The number of words and the width."""
    parts = line.split()
    if len(parts) == 2 and all(part.isdigit() for part in parts):
        num_words, d_model = int(parts[0]), int(parts[1])
        if num_words and d_model:
            return num_words, d_model
    raise _wrong_line(path, 1, t("it must hold the number of words and their width"))


def _read_rows(
    path: Path, file: BinaryIO, num_words: int, d_model: int
) -> tuple[list[str], NDArray[np.float32]]:
    matrix = np.empty((num_words, d_model), np.float32)
    words: dict[str, None] = {}
    for row in range(num_words):
        line = file.readline()
        number = row + 2
        if not line:
            why = t("{found:,} words, and {count:,} are expected", found=row, count=num_words)
            raise _wrong_line(path, number, why)
        parts = line.rstrip(b" \r\n").rsplit(b" ", d_model)
        try:
            if len(parts) != d_model + 1:
                raise ValueError(t("{count} numbers are expected", count=d_model))
            word = parts[0].decode("utf-8")
            matrix[row] = [float(part) for part in parts[1:]]
        except ValueError as error:
            raise _wrong_line(path, number, str(error)) from error
        if not word or word in words:
            raise _wrong_line(path, number, t("the word '{word}' stands twice", word=word))
        if not np.isfinite(matrix[row]).all():
            raise _wrong_line(path, number, t("a number is not finite"))
        words[word] = None
    return list(words), matrix


def _wrong_line(path: Path, number: int, why: str) -> DataError:
    return DataError(
        t("line {number:,} is not of the word2vec text form", number=number),
        where=str(path),
        why=why,
    )
