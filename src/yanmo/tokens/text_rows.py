"""Texts to rows of ids as a base model saw them in training, for tuning and for predicting.

In: a text, two texts, the words of a sentence, or a question and a passage. Out: rows with the
special tokens that the model's own convention asks for, each token knowing which characters it
stands for. What does not fit is cut and counted, or read in overlapping windows. Knows no task.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.tokens.length_config import LengthConfig
from yanmo.tokens.row_counts import RowCounts
from yanmo.tokens.text_codec import TextCodec
from yanmo.tokens.word_tokens import Span, WordEncoder

Ids = npt.NDArray[np.int64]
NO_PLACE = -1


@dataclass(frozen=True, slots=True, eq=False)
class TextRow:
    """One row of T tokens.

    Attributes:
        item: the place of what the row was made from among the texts that were given.
        ids: (T,) what the model reads.
        sides: (T,) 0 for a token of the first text, 1 for one of the second, -1 for a special one.
        spans: (T, 2) the characters of its text that a token stands for: from, to; -1 for a special
            one. Of words: characters of the words with their joiner between them.
        words: (T,) the place of the word whose first token this is, else -1.
        segments: (T,) 0 or 1, for a model that tells segments apart, else None.
        window: the number of this window of its text, from 0.
        num_windows: windows of its text; 1 where it was read as a whole or cut.
    """

    item: int
    ids: Ids
    sides: Ids
    spans: Ids
    words: Ids
    segments: Ids | None
    window: int = 0
    num_windows: int = 1

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class EncodedRows:
    """Rows in the order of their items, the windows of one item side by side, and what was cut."""

    rows: tuple[TextRow, ...]
    counts: RowCounts


@dataclass(frozen=True, slots=True)
class _Side:
    """The tokens of one text; `words` as in `TextRow`."""

    ids: Ids
    spans: Ids
    words: Ids

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, places: Ids) -> _Side:
        return _Side(self.ids[places], self.spans[places], self.words[places])


class RowEncoder:
    """Makes rows for one model.

    Args:
        codec: the model's tokenizer.
        length: how long rows are, and what happens to longer texts.
        model_tokens: the longest row that the model reads.
        has_segments: whether it tells a first segment from a second.
        has_next_sentence: whether it was trained on rows of two segments, each of which ends in
            what `codec` puts behind a segment; then a text that is alone ends so too.

    Raises:
        ConfigError: a row has no room for text, or is longer than the model reads.
    """

    def __init__(
        self,
        codec: TextCodec,
        length: LengthConfig,
        model_tokens: int,
        *,
        has_segments: bool = False,
        has_next_sentence: bool = False,
    ) -> None:
        self.codec = codec
        self.length = length
        self.max_tokens = length.max_tokens or model_tokens
        self.has_segments = has_segments
        self._ending = codec.pair_ending_ids if has_next_sentence else codec.ending_ids
        self._words = WordEncoder(codec)
        self._check(model_tokens)

    def encode_texts(
        self, texts: Sequence[str], seconds: Sequence[str | None] | None = None
    ) -> EncodedRows:
        """Rows of texts, or of pairs: of two texts that do not fit the longer is cut first (the
        rule of Devlin et al.'s code); in windows, the second is read in windows.

        Args:
            texts: any texts, empty ones too.
            seconds: the other text of each, None where there is none.
        """
        others = seconds if seconds is not None else [None] * len(texts)
        rows: list[TextRow] = []
        counts = RowCounts()
        for item, (text, second) in enumerate(zip(texts, others, strict=True)):
            if second is None:
                made, cut = self._rows_of_one(self._side(text), item)
            else:
                made, cut = self._rows_of_two(self._side(text), self._side(second), item)
            rows += made
            counts += cut
        return EncodedRows(tuple(rows), counts)

    def encode_questions(self, questions: Sequence[str], passages: Sequence[str]) -> EncodedRows:
        """Rows of a question and its passage, of which the passage is cut or read in windows; a
        question is cut only where it would fill more than half of a row."""
        rows: list[TextRow] = []
        counts = RowCounts()
        for item, (question, passage) in enumerate(zip(questions, passages, strict=True)):
            sides = self._side(question), self._side(passage)
            made, cut = self._rows_of_two(*sides, item, is_second_cut=True)
            rows += made
            counts += cut
        return EncodedRows(tuple(rows), counts)

    def encode_words(
        self, sentences: Sequence[Sequence[str]], joiners: Sequence[str]
    ) -> EncodedRows:
        """Rows of sentences that are cut into words or characters.

        Args:
            sentences: the words of each.
            joiners: what stands between two words of each in a text: a space, or nothing.
        """
        rows: list[TextRow] = []
        counts = RowCounts()
        for item, (words, joiner) in enumerate(zip(sentences, joiners, strict=True)):
            tokens = self._words.encode(words, joiner)
            owners = np.array(tokens.words, np.int64)
            is_first = np.zeros(len(owners), np.bool_)
            is_first[np.unique(owners, return_index=True)[1]] = True
            starts = np.where(is_first & (owners >= 0), owners, NO_PLACE)
            side = _Side(np.array(tokens.ids, np.int64), _spans(tokens.spans), starts)
            made, cut = self._rows_of_one(side, item)
            rows += made
            has_token = len(np.unique(owners[owners >= 0]))
            is_read = {int(word) for row in made for word in row.words if word >= 0}
            counts += replace(
                cut,
                num_words=len(words),
                num_words_without_token=len(words) - has_token,
                num_cut_words=has_token - len(is_read),
            )
        return EncodedRows(tuple(rows), counts)

    def _side(self, text: str) -> _Side:
        ids, spans = self.codec.encode_with_offsets(text)
        return _Side(np.array(ids, np.int64), _spans(spans), np.full(len(ids), NO_PLACE, np.int64))

    def _rows_of_one(self, side: _Side, item: int) -> tuple[list[TextRow], RowCounts]:
        room = self.max_tokens - len(self.codec.beginning_ids) - len(self._ending)
        parts, num_cut = self._parts(side, room)
        rows = [
            self._row([self.codec.beginning_ids, part, self._ending], item, window, len(parts))
            for window, part in enumerate(parts)
        ]
        return rows, _counts_of(rows, len(side), num_cut)

    def _rows_of_two(
        self, first: _Side, second: _Side, item: int, *, is_second_cut: bool = False
    ) -> tuple[list[TextRow], RowCounts]:
        codec = self.codec
        special = (codec.beginning_ids, codec.between_ids, codec.pair_ending_ids)
        room = self.max_tokens - sum(map(len, special))
        is_second_cut |= self.length.long_text == "windows"
        first_room = _first_room(len(first), len(second), room, is_second_cut)
        kept = first.at(_kept(len(first), first_room, self.length.keep))
        parts, num_cut = self._parts(second, room - len(kept))
        rows = [
            self._row([special[0], kept, special[1], part, special[2]], item, window, len(parts))
            for window, part in enumerate(parts)
        ]
        num_cut += len(first) - len(kept)
        return rows, _counts_of(rows, len(first) + len(second), num_cut)

    def _parts(self, side: _Side, room: int) -> tuple[list[_Side], int]:
        """A text that fits into `room`, its windows, or what is kept of it; and how many of its
        tokens are in none of these."""
        if len(side) <= room:
            return [side], 0
        if self.length.long_text == "truncate":
            return [side.at(_kept(len(side), room, self.length.keep))], len(side) - room
        # Beside a long question there may be less room than windows are to have in common.
        step = room - min(self.length.overlap_tokens, room // 2)
        # The last window is as long as the others: it begins earlier instead.
        starts = [*range(0, len(side) - room, step), len(side) - room]
        return [side.at(np.arange(start, start + room)) for start in starts], 0

    def _row(
        self, parts: Iterable[tuple[int, ...] | _Side], item: int, window: int, num_windows: int
    ) -> TextRow:
        """A row from special ids and the tokens of texts, in their order."""
        ids, sides, spans, words, segments = [], [], [], [], []
        side = segment = 0
        for part in parts:
            if isinstance(part, _Side):
                ids.append(part.ids)
                sides.append(np.full(len(part), side))
                spans.append(part.spans)
                words.append(part.words)
                segment = side * self.codec.second_segment
                segments.append(np.full(len(part), segment))
                side += 1
            else:
                ids.append(np.array(part, np.int64))
                sides.append(np.full(len(part), NO_PLACE))
                spans.append(np.full((len(part), 2), NO_PLACE))
                words.append(np.full(len(part), NO_PLACE))
                segments.append(np.full(len(part), segment))
        if not sum(map(len, ids)):  # an empty text, and a convention that puts nothing around it
            return self._row([(_lone_id(self.codec),)], item, window, num_windows)
        return TextRow(
            item,
            np.concatenate(ids),
            np.concatenate(sides),
            np.concatenate(spans),
            np.concatenate(words),
            np.concatenate(segments) if self.has_segments else None,
            window,
            num_windows,
        )

    def _check(self, model_tokens: int) -> None:
        if self.max_tokens > model_tokens:
            raise too_long(self.max_tokens, model_tokens)
        codec = self.codec
        special = len(codec.beginning_ids) + len(codec.between_ids) + len(codec.pair_ending_ids)
        if self.max_tokens < special + 2:
            raise ConfigError(
                t(
                    "rows of {limit} tokens have no room for two texts beside {special} special"
                    " tokens",
                    limit=self.max_tokens,
                    special=special,
                )
            )
        room = self.max_tokens - special
        if self.length.long_text == "windows" and self.length.overlap_tokens >= room:
            raise ConfigError(
                t(
                    "windows of {room} tokens cannot have {overlap} tokens in common",
                    room=room,
                    overlap=self.length.overlap_tokens,
                ),
                hint=t("Set overlap_tokens below {room}.", room=room),
            )


def row_encoder_for(codec: TextCodec, shape: Any, length: LengthConfig) -> RowEncoder:
    """The encoder for a model.

    Args:
        codec: the model's tokenizer.
        shape: the model's configuration; only its `max_seq_len`, and where it has them
            `num_segments` and `has_next_sentence`, are read.
        length: how long rows are.
    """
    return RowEncoder(
        codec,
        length,
        shape.max_seq_len,
        has_segments=getattr(shape, "num_segments", 0) > 1,
        has_next_sentence=getattr(shape, "has_next_sentence", False),
    )


def too_long(max_tokens: int | None, model_tokens: int) -> ConfigError:
    """The error for rows of more tokens than the model reads."""
    return ConfigError(
        t(
            "max_tokens = {limit} is more than the {model} tokens that the model reads",
            limit=max_tokens,
            model=model_tokens,
        ),
        hint=t("Set it to {model} or less, or leave it out.", model=model_tokens),
    )


def by_item(rows: Sequence[TextRow]) -> Iterator[list[int]]:
    """The places of the rows of each item, in the order of the items."""
    places: list[int] = []
    for place, row in enumerate(rows):
        if places and rows[places[-1]].item != row.item:
            yield places
            places = []
        places.append(place)
    if places:
        yield places


def _spans(spans: Sequence[Span]) -> Ids:
    return np.array(spans, np.int64).reshape(-1, 2)


def _kept(num_tokens: int, room: int, keep: str) -> Ids:
    """The places that stay of `num_tokens`, at most `room`."""
    if num_tokens <= room:
        return np.arange(num_tokens)
    num_tail = {"head": 0, "tail": room, "both": room // 2}[keep]
    head = np.arange(room - num_tail)
    return np.concatenate([head, np.arange(num_tokens - num_tail, num_tokens)])


def _first_room(num_first: int, num_second: int, room: int, is_second_cut: bool) -> int:
    """How many tokens the first of two texts may have."""
    half = room // 2
    if num_first + num_second <= room:
        return num_first
    if is_second_cut:
        return min(num_first, half)
    return max(half, room - num_second)


def _counts_of(rows: Sequence[TextRow], num_tokens: int, num_cut: int) -> RowCounts:
    return RowCounts(
        num_texts=1,
        num_rows=len(rows),
        num_tokens=num_tokens,
        num_cut_texts=int(num_cut > 0),
        num_cut_tokens=num_cut,
        num_texts_in_windows=int(len(rows) > 1),
    )


def _lone_id(codec: TextCodec) -> int:
    """What stands for an empty text where the tokenizer puts nothing around texts."""
    lone = (codec.bos_id, *sorted(codec.eos_ids), codec.pad_id, 0)
    return next(token_id for token_id in lone if token_id is not None)
