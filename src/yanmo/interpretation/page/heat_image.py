"""A small matrix as a picture: one pixel for each number, in a data address.

In: numbers from 0 to 1. Out: `data:image/png`, the colour of our charts, the more opaque the
greater the number, so that it is right on light and on dark paper.
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import numpy.typing as npt

COLOUR = (62, 122, 163)


def heat_image(values: npt.ArrayLike) -> str:
    """The picture of `values` (rows, columns)."""
    numbers = np.clip(np.asarray(values, np.float64), 0.0, 1.0)
    height, width = numbers.shape
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., :3] = COLOUR
    pixels[..., 3] = np.rint(255 * np.sqrt(numbers))  # small weights are seen too
    lines = np.concatenate(
        [np.zeros((height, 1), np.uint8), pixels.reshape(height, width * 4)], axis=1
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", head),
            (b"IDAT", zlib.compress(lines.tobytes(), 9)),
            (b"IEND", b""),
        )
    )
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
