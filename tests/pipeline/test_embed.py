"""Lines of a file to vectors: the formats agree, rows keep their numbers, errors name the line."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.inference.outside_models import save_gpt2

from yanmo.core.console import Console
from yanmo.core.errors import ConfigError, DataError, RunError
from yanmo.inference.embed_config import EmbedConfig
from yanmo.models.word_vectors.folder import save_word_vectors
from yanmo.models.word_vectors.vectors import WordVectors
from yanmo.pipeline import embed
from yanmo.pipeline.embed import Embedder, embed_file, open_embedder

LINES = ["Hello, world!", "", "白日依山尽，黄河入海流。", "\t", "the river runs to the sea"]


def open_folder(folder: Path, **settings: Any) -> Embedder:
    return open_embedder(folder, EmbedConfig(**settings), torch.device("cpu"))


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gpt2")
    save_gpt2(folder)
    return folder


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("words")
    matrix = np.array([[1, 0, 0], [0, 2, 0], [0, 0, 4]], np.float32)
    save_word_vectors(WordVectors(["river", "sea", "黄河"], matrix), folder)
    return folder


def run(embedder: Embedder, content: bytes, out: Path) -> tuple[Any, str]:
    """Embed a file; the result as an array, and what was told."""
    source = out.with_suffix(".txt")
    source.write_bytes(content)
    told = io.StringIO()
    count = embed_file(embedder, source, out, Console(told))
    if out.suffix == ".npy":
        matrix = np.load(out)
    else:
        rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
        matrix = np.array(rows, np.float32).reshape(len(rows), -1)
    assert len(matrix) == count
    return matrix, told.getvalue()


def test_both_formats_hold_the_same_numbers_in_the_order_of_the_lines(
    gpt2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "BLOCK_LINES", 2)
    embedder = open_folder(gpt2)
    content = "\n".join(LINES).encode()
    matrix, told = run(embedder, content, tmp_path / "x.npy")
    assert (matrix.dtype, matrix.shape) == (np.float32, (5, 32))
    assert "5 vectors of 32 numbers" in told
    lines, _ = run(embedder, content, tmp_path / "x.jsonl")
    np.testing.assert_array_equal(matrix, lines)
    np.testing.assert_allclose(matrix, embedder.embed(LINES).vectors, atol=1e-6)


def test_lines_end_at_line_feeds_alone(gpt2: Path, tmp_path: Path) -> None:
    embedder = open_folder(gpt2)
    plain, _ = run(embedder, "a\u2028b\nc".encode(), tmp_path / "x.npy")
    assert len(plain) == 2
    windows, _ = run(embedder, "\ufeffa\u2028b\r\nc\r\n".encode(), tmp_path / "y.npy")
    np.testing.assert_array_equal(plain, windows)
    nothing, _ = run(embedder, b"", tmp_path / "z.npy")
    assert nothing.shape == (0, 32)


def test_standard_input_and_output(
    gpt2: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("白日\n海".encode())))
    embedder = open_folder(gpt2)
    assert embed_file(embedder, None, None, Console(io.StringIO())) == 2
    rows = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    expected = embedder.embed(["白日", "海"]).vectors
    np.testing.assert_array_equal(np.array(rows, np.float32), expected)


def test_what_was_cut_or_empty_is_told(gpt2: Path, words: Path, tmp_path: Path) -> None:
    _, told = run(open_folder(gpt2), b"hello\n" + b"hello " * 90, tmp_path / "x.npy")
    assert "1 of 2 lines are longer than 32 tokens" in told
    _, told = run(open_folder(words), b"the river\nno such\n\n", tmp_path / "y.npy")
    assert "2 of 3 lines have nothing to embed" in told


def test_word_vectors_are_averaged_over_the_words_of_a_line(words: Path, tmp_path: Path) -> None:
    content = "the river, the sea\n黄河入海流\n\nriver".encode()
    matrix, _ = run(open_folder(words), content, tmp_path / "x.npy")
    np.testing.assert_allclose(matrix, [[0.5, 1, 0], [0, 0, 4], [0, 0, 0], [1, 0, 0]])
    unit, _ = run(open_folder(words, normalize=True), content, tmp_path / "y.npy")
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), [1, 1, 0, 1], atol=1e-6)


def test_word_vectors_know_no_context(words: Path) -> None:
    for settings in ({"pooling": "last"}, {"layer": 0}, {"word": "river"}):
        with pytest.raises(ConfigError, match="no context"):
            open_folder(words, **settings)


def test_text_that_is_not_utf8_names_its_line_and_leaves_no_file(
    gpt2: Path, tmp_path: Path
) -> None:
    out = tmp_path / "x.npy"
    with pytest.raises(DataError, match=r"x\.txt, line 3: this line is not UTF-8 \(byte 2\)"):
        run(open_folder(gpt2), "白\n\nab".encode() + b"\xff\nz", out)
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]


def test_a_disk_that_takes_no_vectors_is_told_and_leaves_no_file(
    gpt2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(embed, "_write_npy", no_room)
    with pytest.raises(RunError, match=r"x\.npy: the vectors could not be written") as caught:
        run(open_folder(gpt2), b"a\n", tmp_path / "x.npy")
    assert "No space left" in str(caught.value) and "--out" in str(caught.value.hint)
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]


def test_results_that_cannot_be_written_are_refused_at_once(gpt2: Path, tmp_path: Path) -> None:
    for out, message in (
        (tmp_path / "x.csv", "'.csv' is not known"),
        (tmp_path / "none" / "x.npy", "no folder"),
    ):
        with pytest.raises(ConfigError, match=message):
            embed_file(open_folder(gpt2), None, out, Console(io.StringIO()))
    with pytest.raises(DataError, match="cannot read this file"):
        embed_file(open_folder(gpt2), tmp_path / "missing.txt", None, Console(io.StringIO()))
