"""A folder of vectors: what was saved is read back bit by bit, and damage is noticed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tests.models.word_vectors.texts import made_up_sentences

from yanmo.core.errors import CheckpointError
from yanmo.models.word_vectors.config import WordVectorsConfig
from yanmo.models.word_vectors.folder import (
    FILE_NAMES,
    VECTORS_NAME,
    load_word_vectors,
    save_word_vectors,
)
from yanmo.models.word_vectors.train import train_word_vectors
from yanmo.models.word_vectors.vectors import WordVectors


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    config = WordVectorsConfig(method="fasttext", d_model=8, epochs=2, num_buckets=500)
    return train_word_vectors(made_up_sentences(200), config).vectors


@pytest.fixture
def folder(vectors: WordVectors, tmp_path: Path) -> Path:
    save_word_vectors(vectors, tmp_path / "vectors")
    return tmp_path / "vectors"


def test_what_was_saved_is_read_back_bit_by_bit(vectors: WordVectors, folder: Path) -> None:
    again = load_word_vectors(folder)
    assert again.words == vectors.words
    assert again.matrix.tobytes() == vectors.matrix.tobytes()
    assert again.vector("topic9").tobytes() == vectors.vector("topic9").tobytes()
    assert (again.method, again.training) == ("fasttext", vectors.training)
    save_word_vectors(again, folder.parent / "again")
    for name in FILE_NAMES:
        assert (folder.parent / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_words_of_any_letters_are_read_back(tmp_path: Path) -> None:
    words = ["中国", "a b", "x\u2028y", "\r", "été", "\x85", "𠀀"]
    save_word_vectors(WordVectors(words, np.eye(7, dtype=np.float32)), tmp_path)
    assert load_word_vectors(tmp_path).words == words


def test_only_vectors_of_ngrams_in_use_are_stored(vectors: WordVectors, folder: Path) -> None:
    assert vectors.subwords is not None
    stored = load_file(folder / VECTORS_NAME)
    assert len(stored["buckets"]) == len(vectors.subwords.bucket_ids) < 500


def test_reading_needs_neither_gensim_nor_torch(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from yanmo.models.word_vectors.folder import load_word_vectors;"
        f"load_word_vectors(Path({str(folder)!r})).nearest('topic1word0');"
        "assert not {'gensim', 'torch', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", FILE_NAMES)
@pytest.mark.parametrize("kept_frac", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_refused(folder: Path, name: str, kept_frac: float) -> None:
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(content[: int(kept_frac * len(content))])
    with pytest.raises(CheckpointError) as caught:
        load_word_vectors(folder)
    assert caught.value.where == str(path)


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_missing_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CheckpointError):
        load_word_vectors(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [("d_model", 9), ("num_words", 3), ("format_version", 2), ("kind", "model"), ("more", 1)],
)
def test_files_that_do_not_fit_are_refused(folder: Path, key: str, value: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(CheckpointError):
        load_word_vectors(folder)


def test_numbers_that_are_not_finite_are_refused(folder: Path) -> None:
    tensors = load_file(folder / VECTORS_NAME)
    tensors["vectors"][0, 0] = np.nan
    save_file(tensors, folder / VECTORS_NAME)
    with pytest.raises(CheckpointError, match="nan"):
        load_word_vectors(folder)


def test_a_folder_that_was_left_in_the_middle_is_unfinished(
    vectors: WordVectors, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise OSError("no space left")

    monkeypatch.setattr("yanmo.models.word_vectors.folder.save", fail)
    with pytest.raises(OSError, match="no space"):
        save_word_vectors(vectors, folder)
    with pytest.raises(CheckpointError, match="there are no word vectors here"):
        load_word_vectors(folder)
