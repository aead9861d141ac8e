"""Whatever happens to token files on a disk, no batch comes of it: an error names file and byte."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from yanmo.core.errors import DataError
from yanmo.tokens.checksums import BLOCK_BYTES
from yanmo.tokens.shard_writer import ShardWriter
from yanmo.tokens.token_split import TokenSplit

EOT, VOCAB_SIZE = 999, 1000
SHARD_TOKENS = 2_000


def write(folder: Path, *, seed: int = 0, vocab_size: int = VOCAB_SIZE) -> None:
    """Forty documents in five or six shards."""
    generator = np.random.default_rng(seed)
    writer = ShardWriter(folder, "train", vocab_size, SHARD_TOKENS)
    for _ in range(40):
        ids = generator.integers(0, 990, size=int(generator.integers(100, 400)))
        ids[0] = EOT
        counts = np.array([len(ids)])
        writer.add(ids.astype(np.uint32), counts, 3 * counts)
    writer.close()


def edit(path: Path, change: Callable[[bytearray], bytes | bytearray | None]) -> None:
    """Change the content of a file."""
    content = bytearray(path.read_bytes())
    changed = change(content)
    path.write_bytes(content if changed is None else changed)


def flip(path: Path, byte: int, bit: int) -> None:
    """Flip one bit."""
    content = bytearray(path.read_bytes())
    content[byte] ^= 1 << bit
    path.write_bytes(content)


def swap(folder: Path, one: str, other: str) -> None:
    """Exchange two files."""
    (folder / one).rename(folder / "aside")
    (folder / other).rename(folder / one)
    (folder / "aside").rename(folder / other)


def lengthen_first_document(folder: Path) -> None:
    """Move the border of two documents by a token: everything still adds up."""
    ends = np.fromfile(folder / "train.index", "<u8")
    ends[0] += 1
    ends.tofile(folder / "train.index")


def empty_document(folder: Path) -> None:
    """A document that ends where it begins."""
    ends = np.fromfile(folder / "train.index", "<u8")
    ends[3] = ends[2]
    ends.tofile(folder / "train.index")


def other_width(folder: Path) -> None:
    """The ids of every shard, four bytes wide."""
    for path in folder.glob("*.bin"):
        path.write_bytes(np.fromfile(path, "<u2").astype("<u4").tobytes())


CORRUPTIONS: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated_last": (
        lambda f: edit(f / "train-00004.bin", lambda c: c[:-2]),
        r"train-00004\.bin: .*cut off at byte \d+",
    ),
    "truncated_middle": (
        lambda f: edit(f / "train-00002.bin", lambda c: c[:1000]),
        r"train-00002\.bin: .*cut off at byte 1000",
    ),
    "torn_entry": (
        lambda f: edit(f / "train.index", lambda c: c[:-3]),
        r"train\.index: .*middle of an entry, at byte 312",
    ),
    "flipped_bit": (lambda f: flip(f / "train-00001.bin", 501, 0), r"train-00001\.bin, bytes 0 to"),
    "id_beyond_vocabulary": (
        lambda f: flip(f / "train-00003.bin", 777, 7),
        r"train-00003\.bin, bytes 0 to",
    ),
    "other_width": (other_width, r"train-00000\.bin: ids take 4 bytes here, and 2"),
    "other_byte_order": (
        lambda f: edit(
            f / "train-00000.bin", lambda c: np.frombuffer(c, "<u2").byteswap().tobytes()
        ),
        r"train-00000\.bin, bytes 0 to",
    ),
    "hole_of_zeros": (
        lambda f: edit(f / "train-00002.bin", lambda c: c[:512] + bytes(512) + c[1024:]),
        r"train-00002\.bin, bytes 0 to",
    ),
    "swapped_shards": (
        lambda f: swap(f, "train-00001.bin", "train-00002.bin"),
        r"train-00001\.bin, bytes 0 to",
    ),
    "copied_shard": (
        lambda f: shutil.copy(f / "train-00001.bin", f / "train-00003.bin"),
        r"train-00003\.bin, bytes 0 to",
    ),
    "missing_shard": (
        lambda f: (f / "train-00001.bin").unlink(),
        r"train-00001\.bin: this shard is missing",
    ),
    "extra_shard": (
        lambda f: (f / "train-00005.bin").write_bytes(b"\0\0"),
        r"train-0000[45]\.bin",
    ),
    "missing_index": (
        lambda f: (f / "train.index").unlink(),
        r"train\.index: this token file is missing",
    ),
    "moved_border": (lengthen_first_document, r"train\.index, bytes 0 to 320"),
    "empty_document": (empty_document, r"train\.index, byte 24: document 3 does not end"),
    "wrong_byte_count": (lambda f: flip(f / "train.bytes", 40, 3), r"train\.bytes, bytes 0 to"),
    "missing_sums": (
        lambda f: (f / "train.sums").unlink(),
        r"train\.sums: this token file is missing",
    ),
    "torn_sums": (
        lambda f: edit(f / "train.sums", lambda c: c[:90]),
        r"train\.sums: these checksums cannot be read",
    ),
    "empty_file": (
        lambda f: edit(f / "train-00004.bin", lambda c: b""),
        r"train-00004\.bin: the shard holds 0 bytes",
    ),
}


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_every_corruption_is_named_by_file_and_place(tmp_path: Path, kind: str) -> None:
    write(tmp_path)
    assert len(list(tmp_path.glob("*.bin"))) == 5
    TokenSplit(tmp_path, "train", VOCAB_SIZE).check_content()
    corrupt, expected = CORRUPTIONS[kind]
    corrupt(tmp_path)
    with pytest.raises(DataError, match=expected):
        TokenSplit(tmp_path, "train", VOCAB_SIZE).check_content()


def test_three_hundred_flipped_bits_are_all_found(tmp_path: Path) -> None:
    write(tmp_path)
    generator = np.random.default_rng(1)
    paths = sorted(path for path in tmp_path.iterdir() if path.suffix != ".sums")
    for _ in range(300):
        path = paths[int(generator.integers(len(paths)))]
        byte, bit = int(generator.integers(path.stat().st_size)), int(generator.integers(8))
        flip(path, byte, bit)
        with pytest.raises(DataError, match=path.name.replace(".", r"\.")):
            TokenSplit(tmp_path, "train", VOCAB_SIZE).check_content()
        flip(path, byte, bit)
    TokenSplit(tmp_path, "train", VOCAB_SIZE).check_content()


def test_the_block_is_named_where_a_file_has_several(tmp_path: Path) -> None:
    writer = ShardWriter(tmp_path, "train", VOCAB_SIZE, 2 * BLOCK_BYTES)
    ids = np.full(1_300_000, 7, np.uint32)
    ids[0] = EOT
    for _ in range(2):
        writer.add(ids, np.array([len(ids)]), np.array([5]))
    writer.close()
    sums = json.loads((tmp_path / "train.sums").read_text())["files"]
    assert len(sums["train-00000.bin"]) == 4 and len(sums["train-00001.bin"]) == 1
    split = TokenSplit(tmp_path, "train", VOCAB_SIZE)
    split.check_content()
    flip(tmp_path / "train-00000.bin", 2 * BLOCK_BYTES + 12, 1)
    where = rf"bytes {2 * BLOCK_BYTES} to {3 * BLOCK_BYTES}"
    with pytest.raises(DataError, match=where):
        split.check_content()
    found = []
    for part in range(3):  # shared by three processes, one of them finds it
        try:
            split.check_content(part=part, num_parts=3)
        except DataError as error:
            found.append(str(error))
    assert len(found) == 1 and "train-00000.bin" in found[0]


def test_an_id_beyond_the_vocabulary_never_reaches_a_batch(tmp_path: Path) -> None:
    write(tmp_path)
    flip(tmp_path / "train-00002.bin", 1, 7)
    split = TokenSplit(tmp_path, "train", VOCAB_SIZE)
    with pytest.raises(DataError, match=r"train-00002\.bin, byte 0: token id"):
        split.slice(2 * SHARD_TOKENS - 10, 2 * SHARD_TOKENS + 10)


def test_the_hash_of_the_content_is_the_contents_own(tmp_path: Path) -> None:
    hashes = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, seed=seed)
        hashes.append(TokenSplit(tmp_path / name, "train", VOCAB_SIZE).check_content())
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize("change", ["written", "replaced", "removed", "touched_index"])
def test_a_file_that_changes_under_a_run_is_named(tmp_path: Path, change: str) -> None:
    write(tmp_path)
    split = TokenSplit(tmp_path, "train", VOCAB_SIZE)
    split.check_unchanged()
    path = tmp_path / ("train.index" if change == "touched_index" else "train-00002.bin")
    if change == "written":
        with path.open("r+b") as file:
            file.write(b"\1")
    elif change == "replaced":
        other = path.with_suffix(".new")
        shutil.copy2(path, other)
        other.replace(path)
    elif change == "removed":
        path.unlink()
    if path.exists():
        os.utime(path, ns=(1, 1))  # the clock of a fast test may not have moved
    with pytest.raises(DataError, match=path.name.replace(".", r"\.")):
        split.check_unchanged()


def test_a_full_disk_leaves_no_folder_that_opens(tmp_path: Path) -> None:
    (tmp_path / "train-00002.bin").symlink_to("/dev/full")  # every write to it finds no space left
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path)
    assert not (tmp_path / "train.sums").exists()
    with pytest.raises(DataError):
        TokenSplit(tmp_path, "train", VOCAB_SIZE).check_content()
