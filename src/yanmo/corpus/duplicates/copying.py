"""What is left of texts, copied together and made a column again.

Comes in: stretches of UTF-8 bytes. Goes out: an Arrow column. Knows nothing of why the rest was
left out.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel


@kernel
def copy_bytes(
    data: NDArray[np.uint8], start: int, stop: int, out: NDArray[np.uint8], written: int
) -> int:
    """Append `data[start:stop]` to the first `written` bytes of `out`; gives their new number."""
    for at in range(start, stop):
        out[written] = data[at]
        written += 1
    return written


def string_column(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> pa.StringArray:
    """A column of texts, text `i` being `data[offsets[i]:offsets[i + 1]]`. The bytes, less than
    2 GiB of them, are not copied."""
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)
