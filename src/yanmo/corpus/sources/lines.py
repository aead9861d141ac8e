"""Streams of bytes as lines, in an encoding that is detected or given.

Comes in: blocks of bytes. Goes out: lines with the byte at which each begins, or text in large
pieces, and the encoding. Where bytes fit no character, the line is marked and the next one is read;
a line that is longer than the limit is never held in memory. Knows nothing of what lines mean.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from yanmo.core.encoding import SAMPLE_BYTES, Encoding, detect_encoding
from yanmo.core.messages import t
from yanmo.corpus.sources.streams import Damaged

# Codecs in which the byte of a line feed never is part of another character.
_LINEWISE_CODECS = frozenset(
    [
        *("ascii", "utf-8", "gb18030", "gbk", "gb2312", "big5", "big5hkscs", "cp950"),
        *("shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "johab", "koi8-r", "koi8-u"),
    ]
)
_WITHOUT_MARK = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_MAX_PIECE_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class RawLine:
    """One line of bytes, without its line feed.

    Args:
        offset: the byte at which the line begins, in the unpacked file.
        data: the bytes, or None where the line is longer than the limit.
        is_cut: damage to the file ends this line before its end.
    """

    offset: int
    data: bytes | None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class EncodedBlocks:
    """Bytes with the encoding they are in; a line feed is always one byte of its own.

    Args:
        name: the encoding of the file, as it is told to the user.
        confidence: how certain it is, 1 where it was named or proves itself.
        codec: the codec for `blocks`. Differs from `name` where the bytes had to be rewritten as
            UTF-8 because lines could not be found in them, as in UTF-16; offsets then count bytes
            of UTF-8.
        blocks: the bytes, without a byte order mark. May raise `Damaged`.
    """

    name: str
    confidence: float
    codec: str
    blocks: Iterator[bytes]


def with_encoding(blocks: Iterator[bytes], encoding: str | None) -> EncodedBlocks:
    """Decide on the encoding of a stream.

    Args:
        blocks: the bytes of the file.
        encoding: the encoding to use; None detects it.

    Raises:
        Damaged: no encoding fits, or the file is damaged before its first byte.
    """
    sample, damage = _take_sample(blocks)
    if not sample and damage is not None:
        raise damage
    is_whole = damage is None and len(sample) < SAMPLE_BYTES
    found = choose_codec(sample, encoding, is_whole=is_whole)
    assert found.codec is not None, "choose_codec raises where there is no codec"
    rest = chain([sample], blocks) if damage is None else _blocks_then_damage(sample, damage)
    codec = found.codec.removesuffix("-sig")
    if codec in _LINEWISE_CODECS or codec.startswith(("iso8859", "cp125", "mac")):
        return EncodedBlocks(codec, found.confidence, codec, rest)
    return EncodedBlocks(codec, found.confidence, "utf-8", _as_utf8(rest, codec))


def choose_codec(sample: bytes, encoding: str | None, *, is_whole: bool) -> Encoding:
    """The Python codec for text that begins with `sample`; its `codec` is never None.

    Raises:
        Damaged: no encoding was named, and none that is detected fits.
    """
    if encoding is not None:
        codec = codecs.lookup(encoding).name
        return Encoding("utf-8-sig" if codec == "utf-8" else codec)
    found = detect_encoding(sample, is_whole=is_whole)
    if found.codec is not None:
        return found
    if found.is_binary:
        raise Damaged(t("this is a binary file, not text"))
    raise Damaged(
        t("the encoding of the text cannot be told for certain"),
        hint=t(
            'Name its encoding, such as encoding = "koi8-r" in the recipe, or'
            " corpus.sources.0.encoding=koi8-r on the command line."
        ),
    )


def split_lines(encoded: EncodedBlocks, max_bytes: int) -> Iterator[RawLine]:
    """The lines of a stream. One of more than `max_bytes` bytes comes without its data.

    Raises:
        Damaged: the file is damaged; what came before has been given.
    """
    offset = 0
    waiting: list[bytes] = []
    num_waiting = 0
    try:
        for block in encoded.blocks:
            lines = block.split(b"\n")
            last = lines.pop()
            if waiting and lines:
                num_waiting += len(lines[0])
                whole = b"".join([*waiting, lines[0]]) if num_waiting <= max_bytes else None
                yield RawLine(offset, whole)
                offset += num_waiting + 1
                waiting, num_waiting = [], 0
                del lines[0]
            for line in lines:
                yield RawLine(offset, line if len(line) <= max_bytes else None)
                offset += len(line) + 1
            if last:
                num_waiting += len(last)
                waiting.append(last if num_waiting <= max_bytes else b"")
                if num_waiting > max_bytes:
                    waiting = [b""]  # passed over, only counted
    except Damaged:
        if waiting:
            yield RawLine(
                offset, b"".join(waiting) if num_waiting <= max_bytes else None, is_cut=True
            )
        raise
    if waiting:
        yield RawLine(offset, b"".join(waiting) if num_waiting <= max_bytes else None)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of text, or a part of a very long line.

    Args:
        offset: the byte at which it begins, in the unpacked file.
        text: the text with its line ends, or None where the bytes are no valid text.
    """

    offset: int
    text: str | None


def read_pieces(encoded: EncodedBlocks) -> Iterator[Piece]:
    """A text in pieces that end at line ends; a line of over a megabyte comes in several.

    Bytes that are not valid in the encoding cost their line, or their piece of a very long line.

    Raises:
        Damaged: the file is damaged; what came before has been given.
    """
    offset = 0
    waiting = b""
    try:
        for block in encoded.blocks:
            data = waiting + block if waiting else block
            end = data.rfind(b"\n") + 1
            if end:
                yield from _decode_lines(data[:end], offset, encoded.codec)
            elif len(data) >= _MAX_PIECE_BYTES:
                text, end = _decode_part(data, encoded.codec)
                yield Piece(offset, text)
            waiting = data[end:]
            offset += end
    except Damaged:
        if waiting:
            yield Piece(offset, _decode_part(waiting, encoded.codec)[0])
        raise
    if waiting:
        yield from _decode_lines(waiting, offset, encoded.codec)


def _decode_lines(data: bytes, offset: int, codec: str) -> Iterator[Piece]:
    """Whole lines decoded at once, or one by one where one of them is not valid."""
    try:
        yield Piece(offset, data.decode(codec))
        return
    except UnicodeDecodeError:
        lines = data.split(b"\n")
    for number, line in enumerate(lines):
        line += b"\n" if number < len(lines) - 1 else b""
        try:
            text = line.decode(codec)
        except UnicodeDecodeError:
            yield Piece(offset, None)
        else:
            if text:
                yield Piece(offset, text)
        offset += len(line)


def _decode_part(data: bytes, codec: str) -> tuple[str | None, int]:
    """The whole characters at the start of `data` and how many bytes they take; None where they
    are not valid."""
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        text = decoder.decode(data)
    except UnicodeDecodeError:
        return None, len(data)
    return text, len(data) - len(decoder.getstate()[0])


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


def _as_utf8(blocks: Iterator[bytes], codec: str) -> Iterator[bytes]:
    """The blocks rewritten as UTF-8; a bad byte ends the reading."""
    decoder = codecs.getincrementaldecoder(codec)(errors="strict")
    num_bytes = 0
    try:
        for block in blocks:
            if data := decoder.decode(block).encode("utf-8", "surrogatepass"):
                yield data
            num_bytes += len(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        start = error.object[: error.start]
        yield start.decode(codec if num_bytes == 0 else _WITHOUT_MARK.get(codec, codec)).encode()
        raise Damaged(t("bytes that are not valid {codec}", codec=codec), num_bytes) from error
