"""Streams of bytes as lines of text, in an encoding that is detected or given.

Comes in: blocks of bytes. Goes out: lines with the byte at which each begins, and the encoding.
Where bytes fit no character, the line is marked and the next one is read. Knows nothing of what the
lines mean.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from yanmo.core.messages import t
from yanmo.corpus.encoding import SAMPLE_BYTES, detect_encoding
from yanmo.corpus.sources.streams import Damaged

# Codecs in which the byte of a line feed never is part of another character.
_LINEWISE_CODECS = frozenset(
    [
        *("ascii", "utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "big5", "big5hkscs", "cp950"),
        *("shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "johab", "koi8-r", "koi8-u"),
    ]
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, with its line end.

    Args:
        offset: the byte at which the line begins, in the unpacked file.
        text: the text, or None where the bytes are not valid in the file's encoding.
        is_cut: damage to the file ends this line before its end.
    """

    offset: int
    text: str | None
    is_cut: bool = False


def read_lines(blocks: Iterator[bytes], encoding: str | None) -> tuple[str, Iterator[Line]]:
    """Decide on the encoding of a stream, and read it line by line.

    Args:
        blocks: the bytes of the file.
        encoding: the encoding to use; None detects it.

    Returns:
        The name of the encoding, and the lines.

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
        hint=t(
            'Name its encoding, such as encoding = "big5" in the recipe, or'
            " corpus.sources.0.encoding=big5 on the command line."
        ),
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
    new_decoder = codecs.getincrementaldecoder(plain)
    for offset, raw, is_cut in _split_lines(blocks):
        if offset == 0 and plain == "utf-8":
            raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            text = new_decoder().decode(raw) if is_cut else raw.decode(plain)
            yield Line(offset, text, is_cut)
        except UnicodeDecodeError:
            yield Line(offset, None)


def _split_lines(blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """The lines of a stream of bytes with their line feeds: offset, line, whether it is cut."""
    offset = 0
    waiting: list[bytes] = []
    try:
        for block in blocks:
            lines = block.split(b"\n")
            for line in lines[:-1]:
                whole = b"".join([*waiting, line, b"\n"])
                waiting.clear()
                yield offset, whole, False
                offset += len(whole)
            if lines[-1]:
                waiting.append(lines[-1])
    except Damaged:
        if waiting:
            yield offset, b"".join(waiting), True
        raise
    if waiting:
        yield offset, b"".join(waiting), False


def _decode_stream(blocks: Iterator[bytes], codec: str) -> Iterator[Line]:
    """Lines of an encoding in which bytes cannot be split at line feeds, such as UTF-16.

    The offset of a line is that of the block in which it ends; a bad byte ends the reading.
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
    except Damaged:
        if waiting:
            yield Line(num_bytes, waiting, is_cut=True)
        raise
    except UnicodeDecodeError as error:
        if waiting:
            yield Line(num_bytes, waiting, is_cut=True)
        raise Damaged(t("bytes that are not valid {codec}", codec=codec), num_bytes) from error
    if waiting:
        yield Line(num_bytes, waiting)
