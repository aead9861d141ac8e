"""The step `privacy`: private items masked, counted by type, and remembered for review.

Comes in: a batch of documents. Goes out: the same with typed placeholders instead of private items.
The `metadata` of a document that held some gets `"private": [[type, start, end], ...]`: where the
placeholders stand, in characters of the new text. What was there is kept nowhere.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yanmo.corpus.privacy import candidates
from yanmo.corpus.privacy.addresses import (
    find_emails,
    find_ipv6,
    find_mentions,
    find_url_credentials,
)
from yanmo.corpus.privacy.config import PrivacyConfig
from yanmo.corpus.privacy.copies import mask_copies
from yanmo.corpus.privacy.credentials import find_assigned_secrets, find_keys, find_private_keys
from yanmo.corpus.privacy.numbers import (
    find_bank_cards,
    find_chinese_ids,
    find_ibans,
    find_ipv4,
    find_us_ssns,
)
from yanmo.corpus.privacy.phones import find_phones
from yanmo.corpus.privacy.window import Item, Window, cut_window
from yanmo.corpus.steps import Rewritten, Verdict
from yanmo.corpus.text_column import text_buffers

TYPES = (
    *("email", "phone", "chinese_id", "bank_card", "iban", "ip_address", "secret", "us_ssn"),
    "user_name",
)
"""The types of private items; also the fields of the configuration that switch them."""

METADATA_KEY = "private"
"""The key of the metadata under which the places of the masked items stand."""

Finder = Callable[[Window], Iterator[Item]]

_FINDERS: tuple[tuple[int, str, Finder], ...] = (
    (candidates.PEM, "secret", find_private_keys),
    (candidates.CREDENTIAL, "secret", find_url_credentials),
    (candidates.ADDRESS, "email", find_emails),
    (candidates.KEY, "secret", find_keys),
    (candidates.ASSIGNMENT, "secret", find_assigned_secrets),
    (candidates.IBAN, "iban", find_ibans),
    (candidates.NUMBER, "chinese_id", find_chinese_ids),
    (candidates.NUMBER, "bank_card", find_bank_cards),
    (candidates.NUMBER, "us_ssn", find_us_ssns),
    (candidates.NUMBER, "ip_address", find_ipv4),
    (candidates.COLONS, "ip_address", find_ipv6),
    (candidates.NUMBER, "phone", find_phones),
    (candidates.MENTION, "user_name", find_mentions),
)
"""What is looked for in which spans; where two items overlap, the one that stands first here wins.
"""


class MaskPrivate:
    """Replaces personal data and secrets by placeholders such as `<EMAIL>`."""

    name = "privacy"

    def __init__(self, config: PrivacyConfig) -> None:
        self._placeholders = {
            name: config.placeholder.replace("{type}", name.upper())
            for name in TYPES
            if getattr(config, name)
        }

    def transform(self, batch: pa.RecordBatch) -> Rewritten:
        """The batch with masked texts; counts are the items masked, by type."""
        items = find_private(batch["text"], self._placeholders)
        if not items:
            return Rewritten(batch)
        counts: Counter[str] = Counter()
        texts: list[str] = []
        metadata: list[str] = []
        buffers = text_buffers(batch["text"])
        for row, found in items.items():
            counts.update(item.type for item in found)
            begin, end = int(buffers.offsets[row]), int(buffers.offsets[row + 1])
            text, places = self._mask(buffers.data[begin:end].tobytes(), begin, found)
            texts.append(text)
            fields = json.loads(batch["metadata"][row].as_py() or "{}")
            mask_copies(fields, self.mask_texts)
            fields[METADATA_KEY] = [list(place) for place in places]
            metadata.append(json.dumps(fields, ensure_ascii=False))
        is_changed = np.zeros(batch.num_rows, np.bool_)
        is_changed[list(items)] = True
        for name, values in (("text", texts), ("metadata", metadata)):
            column = pc.replace_with_mask(
                batch[name], pa.array(is_changed), pa.array(values, batch[name].type)
            )
            position = batch.schema.get_field_index(name)
            batch = batch.set_column(position, batch.schema.field(name), column)
        return Rewritten(batch, dict(counts))

    def mask_texts(self, texts: Sequence[str]) -> list[str]:
        """Texts that are no documents, such as examples in a report, masked."""
        buffers = text_buffers(column := pa.array(texts, pa.string()))
        masked = list(texts)
        for row, found in find_private(column, self._placeholders).items():
            begin, end = int(buffers.offsets[row]), int(buffers.offsets[row + 1])
            masked[row] = self._mask(buffers.data[begin:end].tobytes(), begin, found)[0]
        return masked

    def _mask(
        self, raw: bytes, begin: int, items: Sequence[Item]
    ) -> tuple[str, list[tuple[str, int, int]]]:
        """The text with placeholders, and where they stand: type, first character, end."""
        pieces: list[str] = []
        places: list[tuple[str, int, int]] = []
        length = done = 0
        for item in items:
            piece = raw[done : item.start - begin].decode("utf-8")
            placeholder = self._placeholders[item.type]
            start = length + len(piece)
            length = start + len(placeholder)
            places.append((item.type, start, length))
            pieces += (piece, placeholder)
            done = item.stop - begin
        pieces.append(raw[done:].decode("utf-8"))
        return "".join(pieces), places


class TooPrivate:
    """Rejects documents in which `MaskPrivate` masked more than so many items.

    Args:
        max_private_items: how many a document may have.
    """

    name = "private_items"

    def __init__(self, max_private_items: int) -> None:
        self._max_private_items = max_private_items

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        """`too_many_private_items` or null for each document; measures the number of items."""
        counts = np.zeros(batch.num_rows, np.float64)
        is_marked = pc.match_substring(batch["metadata"], f'"{METADATA_KEY}"')
        for row in np.flatnonzero(is_marked.to_numpy(zero_copy_only=False)).tolist():
            places = json.loads(batch["metadata"][row].as_py()).get(METADATA_KEY)
            counts[row] = len(places) if isinstance(places, list) else 0
        reasons = np.full(batch.num_rows, None, dtype=object)
        reasons[counts > self._max_private_items] = "too_many_private_items"
        return Verdict(pa.array(reasons, pa.string()), {"private_items": counts})


def find_private(column: pa.StringArray, types: Collection[str] = TYPES) -> dict[int, list[Item]]:
    """The private items of each row that has some, in the order of the text, without overlaps.

    Args:
        column: the texts.
        types: what to look for, of `TYPES`.

    Returns:
        By row, in ascending order; items give their places as bytes of the column's data.
    """
    buffers = text_buffers(column)
    spans = candidates.find_candidates(
        buffers.data, buffers.offsets, with_mentions="user_name" in types
    )
    finders: dict[int, list[tuple[int, Finder]]] = {}
    for rank, (kind, name, find) in enumerate(_FINDERS):
        if name in types:
            finders.setdefault(kind, []).append((rank, find))
    found: dict[int, list[tuple[int, Item]]] = {}
    for row, kind, start, stop in spans.tolist():
        if kind not in finders:
            continue
        begin, end = int(buffers.offsets[row]), int(buffers.offsets[row + 1])
        window = cut_window(buffers.data, begin, end, start, stop)
        for rank, find in finders[kind]:
            for item in find(window):
                found.setdefault(row, []).append((rank, item))
    return {row: _without_overlaps(items) for row, items in found.items()}


def _without_overlaps(ranked: list[tuple[int, Item]]) -> list[Item]:
    """The items that overlap none of a lower rank or found earlier, in the order of the text."""
    ranked.sort(key=lambda pair: pair[0])
    starts: list[int] = []
    kept: list[Item] = []
    for _, item in ranked:
        place = bisect_left(starts, item.start)
        is_free = place == 0 or kept[place - 1].stop <= item.start
        if is_free and (place == len(kept) or item.stop <= starts[place]):
            starts.insert(place, item.start)
            kept.insert(place, item)
    return kept
