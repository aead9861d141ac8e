"""The text form of word2vec, both ways, and against gensim's reader and writer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors

from yanmo.core.errors import DataError
from yanmo.models.word_vectors.text_format import export_text, import_text
from yanmo.models.word_vectors.vectors import WordVectors

WORDS = ["the", "中国", "x\u2028y", "don't"]


@pytest.fixture
def vectors() -> WordVectors:
    matrix = np.random.default_rng(0).normal(size=(4, 7)).astype(np.float32)
    matrix[0, :3] = (1e-38, -3.4e38, 0)
    return WordVectors([*WORDS[:2], "xy", WORDS[3]], matrix)


def test_what_was_exported_is_imported_bit_by_bit(vectors: WordVectors, tmp_path: Path) -> None:
    export_text(vectors, tmp_path / "v.txt")
    again = import_text(tmp_path / "v.txt")
    assert again.words == vectors.words
    assert again.matrix.tobytes() == vectors.matrix.tobytes()
    assert (again.method, again.training, again.subwords) == ("imported", None, None)


def test_gensim_reads_what_is_exported(vectors: WordVectors, tmp_path: Path) -> None:
    export_text(vectors, tmp_path / "v.txt")
    theirs = KeyedVectors.load_word2vec_format(str(tmp_path / "v.txt"))
    assert theirs.index_to_key == vectors.words
    np.testing.assert_array_equal(theirs.vectors, vectors.matrix)


def test_what_gensim_writes_is_imported(vectors: WordVectors, tmp_path: Path) -> None:
    theirs = KeyedVectors(7)
    theirs.add_vectors(vectors.words, vectors.matrix)
    theirs.save_word2vec_format(str(tmp_path / "v.txt"))
    np.testing.assert_array_equal(import_text(tmp_path / "v.txt").matrix, vectors.matrix)


def test_a_space_at_the_end_and_words_with_spaces_are_read(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_bytes(b"2 2\nnew york 1 2 \r\n. 3 4\n")
    again = import_text(tmp_path / "v.txt")
    assert again.words == ["new york", "."]
    assert again.matrix.tolist() == [[1, 2], [3, 4]]


def test_a_word_with_a_space_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'a b'"):
        export_text(WordVectors(["a b"], np.ones((1, 2), np.float32)), tmp_path / "v.txt")
    assert not (tmp_path / "v.txt").exists()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"the 1 2\n", 1),
        (b"0 3\n", 1),
        (b"999999999 100\na 1\n", 1),
        (b"2 2\na 1 2\n", 3),
        (b"2 2\na 1 2\nb 1\n", 3),
        (b"2 2\na 1 2\nb 1 x\n", 3),
        (b"2 2\na 1 2\nb 1 nan\n", 3),
        (b"2 2\na 1 2\na 1 2\n", 3),
        (b"2 2\n\xff 1 2\nb 1 2\n", 2),
        (b"2 2\n 1 2\nb 1 2\n", 2),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, content: bytes, line: int) -> None:
    (tmp_path / "v.txt").write_bytes(content)
    with pytest.raises(DataError, match=f"line {line} is not of the word2vec text form"):
        import_text(tmp_path / "v.txt")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        import_text(tmp_path / "v.txt")
