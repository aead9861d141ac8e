"""Files as streams of bytes and of lines, unpacked on the way and bounded in memory.

Comes in: a path, maybe of a .gz or .zst file. Goes out: blocks of bytes, then lines of text with
the byte at which each begins. A damaged file gives everything before the damage, then `Damaged`.
Knows nothing of what the lines mean.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol

import zstandard

from yanmo.core.messages import t
from yanmo.corpus.encoding import SAMPLE_BYTES, detect_encoding

_BLOCK_BYTES = 262_144
_GZIP_WINDOW_BITS = 31

# Codecs in which the byte of a line feed never is part of another character.
_LINEWISE_CODECS = frozenset(
    "ascii utf-8 utf-8-sig gb18030 gbk gb2312 big5 big5hkscs cp950 shift_jis cp932 euc_jp euc_kr cp949"
    " johab koi8-r koi8-u".split()
)


class Damaged(Exception):
    """The stream cannot be followed further; `offset` bytes (unpacked) came before.

    Args:
        error: what is wrong, for the user.
        offset: the byte at which reading stopped, or None where that says nothing.
        hint: what the user can do.
    """

    def __init__(self, error: str, offset: int | None = None, hint: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.offset = offset
        self.hint = hint


class _Unpacker(Protocol):
    """What zlib's and zstandard's decompression objects have in common."""

    @property
    def eof(self) -> bool:
        """The end of the packed stream was reached."""

    @property
    def unused_data(self) -> bytes:
        """What came after that end."""

    def decompress(self, data: bytes, /) -> bytes:
        """Unpack a block."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, with its line end.

    Args:
        offset: the byte at which the line begins, in the unpacked file.
        text: the text, or None where the bytes are not valid in the file's encoding.
    """

    offset: int
    text: str | None


def read_blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, unpacked where its name ends in .gz or .zst.

    Raises:
        Damaged: the file cannot be opened, is truncated or is corrupt.
    """
    suffix = path.suffix.lower()
    num_bytes = 0
    try:
        with path.open("rb") as file:
            blocks = iter(lambda: file.read(_BLOCK_BYTES), b"")
            for block in _unpack(blocks, suffix) if suffix in (".gz", ".zst") else blocks:
                num_bytes += len(block)
                yield block
    except OSError as error:
        raise Damaged(error.strerror or str(error), num_bytes or None) from error
    except (zlib.error, zstandard.ZstdError) as error:
        raise Damaged(t("the compressed data is corrupt"), num_bytes) from error
    except EOFError as error:
        raise Damaged(t("the compressed file is truncated"), num_bytes) from error


def _new_unpacker(suffix: str) -> _Unpacker:
    if suffix == ".gz":
        return zlib.decompressobj(_GZIP_WINDOW_BITS)
    return zstandard.ZstdDecompressor().decompressobj()


def _unpack(blocks: Iterator[bytes], suffix: str) -> Iterator[bytes]:
    """The blocks unpacked; several packed streams may follow each other in one file."""
    unpacker = _new_unpacker(suffix)
    is_inside = False
    for block in blocks:
        while block:
            is_inside = True
            unpacked = unpacker.decompress(block)
            if unpacked:
                yield unpacked
            block = b""
            if unpacker.eof:
                block, is_inside = unpacker.unused_data.lstrip(b"\0"), False
                unpacker = _new_unpacker(suffix)
    if is_inside:
        raise EOFError


def read_lines(blocks: Iterator[bytes], encoding: str | None) -> tuple[str, Iterator[Line]]:
    """Decide on the encoding of a stream, and read it line by line.

    Args:
        blocks: the bytes of the file.
        encoding: the encoding to use; None detects it.

    Returns:
        The name of the encoding, and the lines. A last line cut off by damage is left out.

    Raises:
        Damaged: no encoding fits; or, while the lines are read, the file is damaged.
    """
    sample, damage = _take_sample(blocks)
    if not sample and damage is not None:
        raise damage
    is_whole = damage is None and len(sample) < SAMPLE_BYTES
    codec = choose_codec(sample, encoding, is_whole=is_whole)
    rest = chain([sample], blocks) if damage is None else _blocks_then_damage(sample, damage)
    name = codec.removesuffix("-sig")
    is_linewise = codec in _LINEWISE_CODECS or codec.startswith(("iso8859", "cp125", "mac"))
    return name, (_decode_linewise if is_linewise else _decode_stream)(rest, codec)


def choose_codec(sample: bytes, encoding: str | None, *, is_whole: bool) -> str:
    """The Python codec for text that begins with `sample`.

    Raises:
        Damaged: no encoding was named, and none that is detected fits.
    """
    if encoding is not None:
        codec = codecs.lookup(encoding).name
        return "utf-8-sig" if codec == "utf-8" else codec
    found = detect_encoding(sample, is_whole=is_whole)
    if found.codec is not None:
        return found.codec
    if found.is_binary:
        raise Damaged(t("this is a binary file, not text"))
    raise Damaged(
        t("the text is not UTF-8, UTF-16 or GB18030"),
        hint=t('Name its encoding in the recipe, such as encoding = "big5" or "latin-1".'),
    )


def _take_sample(blocks: Iterator[bytes]) -> tuple[bytes, Damaged | None]:
    """The first bytes of a stream, and the damage if there was some among them."""
    taken = bytearray()
    try:
        for block in blocks:
            taken += block
            if len(taken) >= SAMPLE_BYTES:
                break
    except Damaged as damage:
        return bytes(taken), damage
    return bytes(taken), None


def _blocks_then_damage(sample: bytes, damage: Damaged) -> Iterator[bytes]:
    yield sample
    raise damage


def _decode_linewise(blocks: Iterator[bytes], codec: str) -> Iterator[Line]:
    """Lines split as bytes and decoded one by one, so that a bad byte costs one line only."""
    plain = "utf-8" if codec == "utf-8-sig" else codec
    for offset, raw in _split_lines(blocks):
        if offset == 0 and plain == "utf-8":
            raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            yield Line(offset, raw.decode(plain))
        except UnicodeDecodeError:
            yield Line(offset, None)


def _split_lines(blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines of a stream of bytes, line feeds included, each with its offset."""
    offset = 0
    waiting: list[bytes] = []
    for block in blocks:
        lines = block.split(b"\n")
        for line in lines[:-1]:
            whole = b"".join([*waiting, line, b"\n"])
            waiting.clear()
            yield offset, whole
            offset += len(whole)
        if lines[-1]:
            waiting.append(lines[-1])
    if waiting:
        yield offset, b"".join(waiting)


def _decode_stream(blocks: Iterator[bytes], codec: str) -> Iterator[Line]:
    """Lines of an encoding in which bytes cannot be split at line feeds, such as UTF-16.

    The offsets are those of the block in which a line ends; a bad byte ends the reading.
    """
    decoder = codecs.getincrementaldecoder(codec)()
    num_bytes = 0
    waiting = ""
    try:
        for block in blocks:
            text = waiting + decoder.decode(block)
            lines = text.split("\n")
            for line in lines[:-1]:
                yield Line(num_bytes, line + "\n")
            waiting = lines[-1]
            num_bytes += len(block)
        waiting += decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        offset = num_bytes + error.start
        raise Damaged(t("bytes that are not valid {codec}", codec=codec), offset) from error
    if waiting:
        yield Line(num_bytes, waiting)
