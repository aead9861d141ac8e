"""What is left of texts, copied together and made a column again.

Comes in: stretches of UTF-8 bytes. Goes out: an Arrow column. Knows nothing of why the rest was
left out.
"""

from __future__ import annotations

import numpy as np
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
