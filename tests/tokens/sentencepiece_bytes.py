"""SentencePiece model files written by hand, for tests: a few pieces, every setting open."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6
Entry = tuple[str, float, int]

UNIGRAM_PIECES: tuple[Entry, ...] = (
    ("<pad>", 0.0, CONTROL),
    ("</s>", 0.0, CONTROL),
    ("<unk>", 0.0, UNKNOWN),
    ("▁", -2.0, NORMAL),
    ("▁hello", -3.0, NORMAL),
    ("▁he", -3.5, NORMAL),
    ("llo", -3.6, NORMAL),
    ("l", -4.5, NORMAL),
    ("o", -4.6, NORMAL),
    ("h", -4.7, NORMAL),
    ("e", -4.8, NORMAL),
    ("▁wor", -4.0, NORMAL),
    ("ld", -4.1, NORMAL),
    ("白日", -4.2, NORMAL),
    ("白", -5.0, NORMAL),
    ("日", -5.1, NORMAL),
    ("山", -5.2, NORMAL),
    ("s", -5.3, NORMAL),
    ("<", -5.4, NORMAL),
    ("/", -5.5, NORMAL),
    (">", -5.6, NORMAL),
    (",", -5.7, NORMAL),
)
BPE_PIECES: tuple[Entry, ...] = (
    ("<unk>", 0.0, UNKNOWN),
    ("<s>", 0.0, CONTROL),
    ("</s>", 0.0, CONTROL),
    *((f"<0x{byte:02X}>", 0.0, BYTE) for byte in range(256)),
    ("ll", -0.0, NORMAL),
    ("he", -1.0, NORMAL),
    ("▁he", -2.0, NORMAL),
    ("llo", -3.0, NORMAL),
    ("▁hello", -4.0, NORMAL),
    ("白日", -5.0, NORMAL),
    *((c, -6.0 - place, NORMAL) for place, c in enumerate("▁helo白日s<>/,")),
)


def model_bytes(
    pieces: Sequence[Entry],
    *,
    algorithm: int = 1,
    trainer: Mapping[int, int] | None = None,
    removes_extra_spaces: bool = True,
) -> bytes:
    """A `ModelProto`: its pieces, its `TrainerSpec` and its `NormalizerSpec`."""
    parts = [
        _bytes_field(
            1,
            _bytes_field(1, text.encode())
            + _key(2, 5)
            + struct.pack("<f", score)
            + _number_field(3, kind),
        )
        for text, score, kind in pieces
    ]
    fields = {3: algorithm} | dict(trainer or {})
    parts.append(_bytes_field(2, b"".join(_number_field(k, v) for k, v in fields.items())))
    normalizer = _bytes_field(1, b"identity") + _number_field(4, int(removes_extra_spaces))
    parts.append(_bytes_field(3, normalizer))
    return b"".join(parts)


def t5_model() -> bytes:
    """A Unigram model with T5's ids: padding 0, end 1, unknown 2, no beginning."""
    return model_bytes(UNIGRAM_PIECES, trainer={40: 2, 41: -1, 42: 1, 43: 0})


def llama_model() -> bytes:
    """A BPE model that falls back on bytes, as Llama's first two had."""
    return model_bytes(
        BPE_PIECES, algorithm=2, trainer={35: 1, 40: 0, 41: 1, 42: 2}, removes_extra_spaces=False
    )


def _key(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _number_field(number: int, value: int) -> bytes:
    return _key(number, 0) + _varint(value % (1 << 64))


def _bytes_field(number: int, value: bytes) -> bytes:
    return _key(number, 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
