"""What `yanmo embed` does apart from its options: lines of a file in, a vector for each out.

Opens a model folder or a folder of word vectors; reads lines in blocks, so that neither the text
nor the vectors need to fit into memory. Vectors of words are averaged here, since this is where
text is cut into words.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import orjson
import torch
from numpy.lib import format as npy_format

from yanmo.checkpoint.model_folder import load_model
from yanmo.core.console import Console
from yanmo.core.errors import ConfigError, DataError, RunError
from yanmo.core.messages import listed, t
from yanmo.inference.embed import Embeddings, TextEmbedder, Vectors
from yanmo.inference.embed_config import EmbedConfig
from yanmo.models.word_vectors.folder import load_word_vectors
from yanmo.models.word_vectors.vectors import WordVectors
from yanmo.tokens.text_codec import load_codec

BLOCK_LINES = 2048
OUT_SUFFIXES = (".npy", ".jsonl")


class Embedder(Protocol):
    """Makes vectors of one width from texts."""

    width: int
    limit_tokens: int

    def embed(self, texts: Sequence[str], *, first_line: int = 1) -> Embeddings:
        """The vector of every text, in their order."""


class WordVectorEmbedder:
    """The mean of the vectors of a text's words; words that are unknown do not count.

    Args:
        vectors: the words.
        config: pooling is the mean, and there are no layers.

    Raises:
        ConfigError: a setting that word vectors cannot obey.
    """

    def __init__(self, vectors: WordVectors, config: EmbedConfig) -> None:
        for option, is_set in {
            "--pooling": config.pooling != "mean",
            "--layer": config.layer is not None,
            "--word": config.word is not None,
        }.items():
            if is_set:
                raise ConfigError(
                    t("word vectors know no context: there is only the mean of a line's words"),
                    where=option,
                )
        self._vectors = vectors
        self._config = config
        self.width = vectors.d_model
        self.limit_tokens = 0

    def embed(self, texts: Sequence[str], *, first_line: int = 1) -> Embeddings:
        """The vector of every text, zero where none of its words is known."""
        from yanmo.corpus.segmentation.chinese import segment  # loads the compiler of the kernels

        assert first_line >= 1, "lines count from 1"
        matrix = np.zeros((len(texts), self.width), np.float32)
        num_empty = 0
        for row, text in enumerate(texts):
            mean = self._vectors.mean_vector(segment(text, keep_marks=False))
            if mean is None:
                num_empty += 1
            else:
                matrix[row] = mean
        if self._config.normalize:
            norms = np.linalg.norm(matrix, axis=1, keepdims=True)
            matrix /= np.where(norms > 0, norms, 1)
        return Embeddings(matrix, num_empty=num_empty)


def open_embedder(directory: Path, config: EmbedConfig, device: torch.device) -> Embedder:
    """The embedder of a folder of either kind.

    Raises:
        CheckpointError, DataError: the folder cannot be read.
        ConfigError: a setting that it cannot obey.
    """
    if (directory / "words.txt").is_file():
        return WordVectorEmbedder(load_word_vectors(directory), config)
    model = load_model(directory, device)
    return TextEmbedder(model, load_codec(directory), config)


def embed_file(embedder: Embedder, source: Path | None, out: Path | None, console: Console) -> int:
    """Embed every line and write the vectors; returns their number.

    Args:
        embedder: the model.
        source: a UTF-8 text file; None reads standard input.
        out: `.npy` (float32 matrix) or `.jsonl`; None writes JSON lines to standard output.
        console: where progress and warnings go.

    Raises:
        ConfigError: `out` has another ending, or its folder does not exist.
        DataError: the text cannot be read; the line is named.
        RunError: the disk is full or cannot be written; what stood at `out` is untouched.
    """
    check_files(source, out)
    if source is None:
        return _embed_lines(embedder, _lines(sys.stdin.buffer, "-"), out, console)
    with source.open("rb") as file:
        return _embed_lines(embedder, _lines(file, str(source)), out, console)


def check_files(source: Path | None, out: Path | None) -> None:
    """Refuse a text that cannot be read and a result that cannot be written, before a model is
    opened.

    Raises:
        ConfigError: `out` has another ending, or its folder does not exist.
        DataError: the text cannot be opened.
    """
    if source is not None:
        try:
            source.open("rb").close()
        except OSError as error:
            raise DataError(
                t("cannot read this file"), where=str(source), why=error.strerror
            ) from error
    if out is None:
        return
    if out.suffix not in OUT_SUFFIXES:
        raise ConfigError(
            t("the ending '{suffix}' is not known", suffix=out.suffix),
            where="--out",
            hint=t("There are: {names}.", names=listed(OUT_SUFFIXES)),
        )
    if not out.absolute().parent.is_dir():
        raise ConfigError(t("there is no folder {folder}", folder=out.parent), where="--out")


def _embed_lines(
    embedder: Embedder, lines: Iterable[str], out: Path | None, console: Console
) -> int:
    num_cut = num_empty = num_lines = 0

    def blocks() -> Iterator[Vectors]:
        nonlocal num_cut, num_empty, num_lines
        for block in _in_blocks(lines, BLOCK_LINES):
            result = embedder.embed(block, first_line=num_lines + 1)
            num_lines += len(block)
            num_cut += result.num_cut
            num_empty += result.num_empty
            console.progress(t("embedded {lines:,} {lines:line|lines}", lines=num_lines))
            yield result.vectors

    if out is None:
        for vectors in blocks():
            _write_json_lines(sys.stdout.buffer, vectors)
        sys.stdout.buffer.flush()
    else:
        _write_file(out, blocks(), embedder.width)
    console.end_progress()
    if num_cut:
        console.warn(
            t(
                "{cut:,} of {lines:,} lines are longer than {limit} tokens and were cut there",
                cut=num_cut,
                lines=num_lines,
                limit=embedder.limit_tokens,
            )
        )
    if num_empty:
        console.warn(
            t(
                "{empty:,} of {lines:,} lines have nothing to embed and gave the zero vector",
                empty=num_empty,
                lines=num_lines,
            )
        )
    if out is not None:
        console.note(
            t(
                "{lines:,} vectors of {width} numbers in {path}",
                lines=num_lines,
                width=embedder.width,
                path=out,
            )
        )
    return num_lines


def _lines(file: BinaryIO, name: str) -> Iterator[str]:
    """The lines of a UTF-8 file without their ends; a byte-order mark is no part of the first."""
    for number, raw in enumerate(file, start=1):
        raw = raw.removesuffix(b"\n").removesuffix(b"\r")
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                t("this line is not UTF-8"),
                where=f"{name}, {t('line {number}', number=number)}",
                why=t("byte {offset}", offset=error.start),
                hint=t("Convert the file to UTF-8."),
            ) from error
        yield line.removeprefix("\ufeff") if number == 1 else line


def _in_blocks(lines: Iterable[str], size: int) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        block.append(line)
        if len(block) == size:
            yield block
            block = []
    if block:
        yield block


def _write_file(path: Path, blocks: Iterable[Vectors], width: int) -> None:
    """Write all vectors under a temporary name, then rename: a file that is there is whole."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            if path.suffix == ".npy":
                _write_npy(file, blocks, width)
            else:
                for vectors in blocks:
                    _write_json_lines(file, vectors)
        temporary.replace(path)
    except OSError as error:
        raise RunError(
            t("the vectors could not be written"),
            where=str(path),
            why=error.strerror or str(error),
            hint=t("Make room, or choose another place with --out."),
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _write_json_lines(file: BinaryIO, vectors: Vectors) -> None:
    for row in vectors:
        # Each number in as few digits as give the same float32 again.
        file.write(orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n")


def _write_npy(file: BinaryIO, blocks: Iterable[Vectors], width: int) -> None:
    """One matrix whose number of rows is known only at the end. numpy pads the header so that the
    count can be written again in the same room."""

    def write_header(num_rows: int) -> int:
        file.seek(0)
        description = {"descr": "<f4", "fortran_order": False, "shape": (num_rows, width)}
        npy_format.write_array_header_1_0(file, description)
        return file.tell()

    header_bytes = write_header(0)
    num_rows = 0
    for vectors in blocks:
        file.write(np.ascontiguousarray(vectors, "<f4").tobytes())
        num_rows += len(vectors)
    assert write_header(num_rows) == header_bytes, "the header keeps its size"
