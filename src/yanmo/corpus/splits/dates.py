"""When documents were written.

Comes in: the `metadata` column of a batch. Goes out: seconds since 1970, in UTC. Only the key
`date` at the top of the metadata counts; readers write it in ISO 8601.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yanmo.corpus.steps import NO_TIME

_YEAR_OR_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?\Z")


def document_times(metadata: pa.StringArray) -> NDArray[np.int64]:
    """(n,) when each document was written; `NO_TIME` where nobody says, or not in ISO 8601.

    A time without a zone is in UTC; a year or a month means its first second.
    """
    times = np.full(len(metadata), NO_TIME, np.int64)
    has_date = pc.match_substring(metadata, '"date"').to_numpy(zero_copy_only=False)
    for row in np.flatnonzero(has_date).tolist():
        fields = json.loads(metadata[row].as_py())
        times[row] = seconds_of(fields.get("date"))
    return times


def seconds_of(date: Any) -> int:
    """A date in ISO 8601 as seconds since 1970; `NO_TIME` where it is none."""
    if not isinstance(date, str):
        return int(NO_TIME)
    match = _YEAR_OR_MONTH.match(date)
    text = f"{match[1]}-{match[2] or '01'}-01" if match else date
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return int(NO_TIME)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
