"""A task model at work: texts in, labels, numbers, tags, entities or answers out, in batches.

Rows of like length go through the model together; a prediction does not depend on what it shares a
batch with. Long texts are cut, and counted, or read in windows whose answers are merged. Knows no
files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import torch

from yanmo.core.errors import ConfigError, RunError
from yanmo.core.messages import listed, t
from yanmo.core.tag_spans import spans_of
from yanmo.inference.raw_words import split_words
from yanmo.inference.windows import (
    FoundSpan,
    Scores,
    best_span,
    in_batches,
    merge_log_probs,
    merge_numbers,
    merge_word_scores,
)
from yanmo.models.task_head import HeadKind, HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.nn.linear_chain import LinearChain
from yanmo.tokens.length_config import LengthConfig
from yanmo.tokens.row_batch import batch_of_rows
from yanmo.tokens.row_counts import RowCounts
from yanmo.tokens.text_codec import TextCodec, check_ids_fit
from yanmo.tokens.text_rows import TextRow, by_item, row_encoder_for

MAX_BATCH_ROWS = 256
OUTSIDE = "O"

Item = TypeVar("Item")
Progress = Callable[[int, int], None]
"""Told how many rows are done, and how many there are."""


@dataclass(frozen=True)
class Predicted(Generic[Item]):
    """A prediction for every item in their order, and what of them was not read."""

    items: tuple[Item, ...]
    counts: RowCounts


@dataclass(frozen=True, slots=True)
class ClassPrediction:
    """The most probable class, and the probability of each in the order of the head's labels."""

    label: str
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity in a text: `text[start:end]`."""

    kind: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class AnswerPrediction:
    """The best span of a passage.

    Attributes:
        text: the span; empty where the passage has no token.
        start: its first character; -1 where the passage has no token.
        log_odds: in nats, how much more probable it is than that there is no answer.
        has_answer: whether `log_odds` reaches the threshold.
    """

    text: str
    start: int
    log_odds: float
    has_answer: bool

    @property
    def answer(self) -> str:
        """The span, or an empty text for "no answer"."""
        return self.text if self.has_answer else ""


@dataclass(frozen=True, slots=True)
class TaggedWords:
    """The tags of a sentence's words, and what they were chosen by.

    Attributes:
        tags: one for each word.
        scores: (seen words, C), before any chain of tags.
        is_seen: whether the model has read each word.
    """

    tags: tuple[str, ...]
    scores: Scores
    is_seen: tuple[bool, ...]


class TaskPredictor:
    """Predicts with one head of a task model.

    Args:
        model: its heads say what can be asked of it. In the middle of a training it is put into
            evaluation mode and back.
        codec: the model's tokenizer.
        length: how long rows are, and what happens to longer texts; windows unless told, so that
            everything is read.
        head: the name of the head; the first unless told.
        batch_tokens: tokens that go through the model at once, padding included.
        progress: told after every batch.

    Raises:
        ConfigError: there is no such head, or rows have no room for text.
    """

    def __init__(
        self,
        model: TaskModel,
        codec: TextCodec,
        length: LengthConfig | None = None,
        *,
        head: str | None = None,
        batch_tokens: int = 8192,
        progress: Progress | None = None,
    ) -> None:
        self._model = model
        self._head = _head_place(model, head)
        self.spec: HeadSpec = model.specs[self._head]
        self._pad_id = codec.pad_id or 0
        self._batch_tokens = batch_tokens
        self._progress = progress
        self._rows = row_encoder_for(codec, model.config, length or windows_for(model))

    def classify(
        self, texts: Sequence[str], seconds: Sequence[str | None] | None = None
    ) -> Predicted[ClassPrediction]:
        """A class for every text, or pair of texts; over windows, the mean of log-probabilities.

        Raises:
            ConfigError: the head does not classify.
            RunError: a score is not a number.
        """
        self._check_kind("classification")
        encoded = self._rows.encode_texts(texts, seconds)
        found = self._run(encoded.rows)
        items = []
        for places in by_item(encoded.rows):
            log_probs = _log_softmax(np.stack([found[place] for place in places]))
            merged = merge_log_probs([encoded.rows[place] for place in places], log_probs)
            probabilities = tuple(np.exp(merged).tolist())
            items.append(ClassPrediction(self.spec.labels[int(merged.argmax())], probabilities))
        return Predicted(tuple(items), encoded.counts)

    def score(
        self, texts: Sequence[str], seconds: Sequence[str | None] | None = None
    ) -> Predicted[float]:
        """A number for every text, or pair of texts; over windows, the mean.

        Raises:
            ConfigError: the head gives no number.
            RunError: a score is not a number.
        """
        self._check_kind("regression")
        encoded = self._rows.encode_texts(texts, seconds)
        found = self._run(encoded.rows)
        items = [
            float(
                merge_numbers(
                    [encoded.rows[place] for place in places],
                    np.stack([found[place] for place in places]),
                )
            )
            for places in by_item(encoded.rows)
        ]
        return Predicted(tuple(items), encoded.counts)

    def tag(
        self, sentences: Sequence[Sequence[str]], joiners: Sequence[str]
    ) -> Predicted[tuple[str, ...]]:
        """A tag for every word of every sentence. A word that the model does not see (it has no
        token, or was cut off) is outside, or goes on in the entity around it.

        Args:
            sentences: the words of each.
            joiners: what stands between the words of each: a space, or nothing.

        Raises:
            ConfigError: the head does not tag.
            RunError: a score is not a number.
        """
        found = self.tag_with_scores(sentences, joiners)
        return Predicted(tuple(one.tags for one in found.items), found.counts)

    def tag_with_scores(
        self, sentences: Sequence[Sequence[str]], joiners: Sequence[str]
    ) -> Predicted[TaggedWords]:
        """As `tag`, with the scores that tags were chosen by."""
        self._check_kind("tagging")
        encoded = self._rows.encode_words(sentences, joiners)
        found = self._run(encoded.rows)
        merged: list[Scores] = []
        are_seen = []
        for places, words in zip(by_item(encoded.rows), sentences, strict=True):
            rows = [encoded.rows[place] for place in places]
            scores, is_seen = merge_word_scores(
                rows, [found[place] for place in places], len(words)
            )
            merged.append(scores[is_seen])
            are_seen.append(is_seen)
        decoded = self._decode(merged)
        items = [
            TaggedWords(_with_unseen_words(tags, is_seen.tolist()), scores, tuple(is_seen.tolist()))
            for tags, scores, is_seen in zip(decoded, merged, are_seen, strict=True)
        ]
        return Predicted(tuple(items), encoded.counts)

    @property
    def chain(self) -> LinearChain | None:
        """What transitions between tags are worth, where the head scores them."""
        return self._model.head(self._head).chain

    def check_marks_entities(self) -> None:
        """Raises ConfigError where the head does not give BIO tags."""
        self._check_kind("tagging")
        if not all(tag == OUTSIDE or tag.startswith(("B-", "I-")) for tag in self.spec.labels):
            raise ConfigError(
                t("head {name} does not mark entities", name=self.spec.name),
                why=t("its tags are {tags}", tags=listed(self.spec.labels)),
            )

    def entities(self, texts: Sequence[str]) -> Predicted[tuple[Entity, ...]]:
        """The entities of running texts, each with its characters.

        Raises:
            ConfigError: the head does not give BIO tags.
            RunError: a score is not a number.
        """
        self.check_marks_entities()
        cut = [split_words(text) for text in texts]
        tagged = self.tag([found.words for found in cut], [found.joiner for found in cut])
        items = []
        for text, words, tags in zip(texts, cut, tagged.items, strict=True):
            own = []
            for kind, first, behind in spans_of(tags):
                start, end = words.spans[first][0], words.spans[behind - 1][1]
                own.append(Entity(kind, start, end, text[start:end]))
            items.append(tuple(own))
        return Predicted(tuple(items), tagged.counts)

    def answer(
        self,
        questions: Sequence[str],
        passages: Sequence[str],
        *,
        threshold: float = 0.0,
        max_answer_tokens: int = 30,
    ) -> Predicted[AnswerPrediction]:
        """An answer to every question from its passage.

        Args:
            questions: what is asked.
            passages: where the answer is looked for.
            threshold: the least log-odds, in nats, of an answer against "no answer".
            max_answer_tokens: the longest answer that is considered.

        Raises:
            ConfigError: the head does not find spans.
            RunError: a score is not a number.
        """
        self._check_kind("spans")
        encoded = self._rows.encode_questions(questions, passages)
        found = self._run(encoded.rows)
        items = []
        for places, passage in zip(by_item(encoded.rows), passages, strict=True):
            rows = [encoded.rows[place] for place in places]
            span = best_span(rows, [found[place] for place in places], max_answer_tokens)
            items.append(_answer_of(span, passage, threshold))
        return Predicted(tuple(items), encoded.counts)

    def _run(self, rows: Sequence[TextRow]) -> list[Scores]:
        """What the head says of every row, without padding: (C,), (), (T, C) or (T, 2)."""
        was_training = self._model.training
        self._model.eval()
        try:
            return self._score_rows(rows)
        finally:
            self._model.train(was_training)

    @torch.inference_mode()
    def _score_rows(self, rows: Sequence[TextRow]) -> list[Scores]:
        results: list[Scores] = [np.empty(0)] * len(rows)
        num_done = 0
        for batch in in_batches([len(row) for row in rows], self._batch_tokens, MAX_BATCH_ROWS):
            arrays = batch_of_rows([rows[place] for place in batch], self._pad_id)
            check_ids_fit(arrays["tokens"].ravel().tolist(), self._model.config.vocab_size)
            given = {
                name: torch.from_numpy(array).to(self._model.device)
                for name, array in arrays.items()
            }
            scores = self._model(**given, head=self._head).scores.double().cpu().numpy()
            for place, own in zip(batch, scores, strict=True):
                is_by_token = self.spec.kind in ("tagging", "spans")
                results[place] = own[: len(rows[place])] if is_by_token else own
                if not np.isfinite(results[place]).all():
                    raise RunError(
                        t("the model gives scores that are not numbers"),
                        hint=t("Its weights are damaged, or its training diverged."),
                    )
            num_done += len(batch)
            if self._progress is not None:
                self._progress(num_done, len(rows))
        return results

    @torch.inference_mode()
    def _decode(self, merged: Sequence[Scores]) -> list[list[str]]:
        """The best sequence of tags for the scores (W, C) of each sentence's words."""
        results: list[list[str]] = [[] for _ in merged]
        for batch in in_batches([len(own) for own in merged], self._batch_tokens, MAX_BATCH_ROWS):
            width = max(len(merged[place]) for place in batch)
            if not width:
                continue
            scores = torch.zeros(len(batch), width, len(self.spec.labels))
            is_word = torch.zeros(len(batch), width, dtype=torch.bool)
            for row, place in enumerate(batch):
                scores[row, : len(merged[place])] = torch.from_numpy(merged[place])
                is_word[row, : len(merged[place])] = True
            device = self._model.device
            tags = self._model.decode_tags(
                scores.to(device), is_word.to(device), head=self._head
            ).cpu()
            for row, place in enumerate(batch):
                numbers = tags[row, : len(merged[place])].tolist()
                results[place] = [self.spec.labels[number] for number in numbers]
        return results

    def _check_kind(self, wanted: HeadKind) -> None:
        if self.spec.kind != wanted:
            raise ConfigError(
                t(
                    "head {name} does {kind}, not {wanted}",
                    name=self.spec.name,
                    kind=self.spec.kind,
                    wanted=wanted,
                )
            )


def windows_for(model: TaskModel) -> LengthConfig:
    """Windows of the model's own length, which have an eighth of it in common."""
    return LengthConfig(long_text="windows", overlap_tokens=model.config.max_seq_len // 8)


def _head_place(model: TaskModel, name: str | None) -> int:
    if name is None:
        return 0
    names = [spec.name for spec in model.specs]
    if name not in names:
        raise ConfigError(
            t("the model has no head {name}", name=name),
            hint=t("There are: {names}.", names=listed(names)),
        )
    return names.index(name)


def _log_softmax(scores: Scores) -> Scores:
    result: Scores = scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)
    return result


def _with_unseen_words(tags: Sequence[str], is_seen: Sequence[bool]) -> tuple[str, ...]:
    """`tags` of the words that were seen, with those of the others between them."""
    full: list[str] = []
    place = 0
    for seen in is_seen:
        following = tags[place] if place < len(tags) else OUTSIDE
        full.append(following if seen or following.startswith("I-") else OUTSIDE)
        place += seen
    return tuple(full)


def _answer_of(span: FoundSpan | None, passage: str, threshold: float) -> AnswerPrediction:
    if span is None:
        return AnswerPrediction("", -1, float("-inf"), has_answer=False)
    found = passage[span.start : span.end]
    start = span.start + len(found) - len(found.lstrip())
    return AnswerPrediction(found.strip(), start, span.log_odds, span.log_odds >= threshold)
