"""Why a model with a head said this of a text: a class, a number, a tag of a word, or a span.

Classes and tags are scored by their log-odds, `s_c - log sum exp(s of the others)`, which do not
level off where the model is sure; of two classes that is the difference of their scores. Numbers
are scored by themselves, spans by the log-probability of their two ends. Of a chain of tags the
scores that go into the chain are explained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.inference.predict import TaskPredictor
from yanmo.inference.raw_words import RawWords, split_words
from yanmo.interpretation.question import Question, Rows, Token, TokenPart, Unit, lone_id, widened
from yanmo.interpretation.question_tokens import (
    CONTINUES,
    cut_rows,
    special_tokens,
    text_tokens,
)
from yanmo.interpretation.subject import Subject
from yanmo.models.output import ModelOutput
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.tokens.length_config import LengthConfig
from yanmo.tokens.text_codec import check_ids_fit
from yanmo.tokens.text_rows import TextRow, row_encoder_for

ANSWERS = {
    "classification": "class",
    "regression": "number",
    "tagging": "tag",
    "spans": "span",
}
UNITS: dict[str, Unit] = {
    "classification": "log_odds",
    "regression": "number",
    "tagging": "log_odds",
    "spans": "log_prob",
}


@dataclass(frozen=True)
class Asked:
    """What was asked of a model with a head.

    Attributes:
        text: a text, a sentence, or a question.
        second: the other text of a pair, or the passage.
        label: the class or the tag to be explained.
        answer: a span of the passage.
        word: which word of a sentence: the word, or its number from 1.
    """

    text: str
    second: str | None = None
    label: str | None = None
    answer: str | None = None
    word: str | None = None


class RowQuestion(Question):
    """A text, or two, and what one head says of it.

    Args:
        subject: a model with heads.
        asked: the text, and what of the answer was given.

    Raises:
        ConfigError: the head has no such label, the text no such word or span.
    """

    def __init__(self, subject: Subject, asked: Asked) -> None:
        spec = cast(HeadSpec, subject.spec)
        super().__init__(subject, is_given=asked.label is not None or asked.answer is not None)
        self.spec = spec
        self.kind = ANSWERS[spec.kind]
        self.unit = UNITS[spec.kind]
        self._asked = asked
        _check(spec, asked)
        self._words: RawWords | None = split_words(asked.text) if spec.kind == "tagging" else None
        self._row = self._read_row()
        check_ids_fit(self._row.ids.tolist(), subject.backbone.config.vocab_size)
        self.tokens = self.positions = tuple(self._shown())
        self._places: tuple[int, ...] = ()
        self._options: tuple[int, ...] = ()
        self._find_answer()

    def make_rows(self, kept: torch.Tensor, filler: int | None) -> Rows:
        """Rows; at the places where tokens are scored one, a token always stands."""
        cut = cut_rows(
            self._row.ids.tolist(),
            kept,
            filler=filler,
            lone=lone_id(self.subject),
            anchors=self._places,
            device=self.subject.device,
        )
        inputs = {"tokens": cut.tokens, "mask": cut.mask}
        if self._row.segments is not None:
            segments = torch.zeros_like(cut.tokens)
            own = torch.from_numpy(self._row.segments)
            for number, order in enumerate(cut.order):
                if order[0] >= 0:
                    segments[number, : len(order)] = own[order]
            inputs["segments"] = segments
        places = cut.new_places[:, list(self._places)] if self._places else cut.new_places[:, :0]
        if not self._places:  # a row's own answer, which stands at no token
            places = torch.zeros(len(kept), 1, dtype=torch.int64)
        return Rows(inputs, places.to(self.subject.device))

    def log_probs(self, output: ModelOutput, rows: Rows) -> torch.Tensor:
        """(R, 1, C) of classes and of tags; (R, 2, T) of spans."""
        scores = output.scores
        assert scores is not None, "a head has scores"
        if self.spec.kind == "spans":
            return widened(scores).log_softmax(1).transpose(1, 2)  # (R, 2, T)
        if self.spec.kind == "tagging":
            number = torch.arange(len(rows), device=scores.device)[:, None]
            scores = scores[number, rows.places]  # (R, 1, C)
        else:
            scores = scores[:, None]
        return widened(scores).log_softmax(-1)

    def score(self, output: ModelOutput, rows: Rows) -> torch.Tensor:
        """(R,), log-odds, the number, or the log-probability of both ends of the span."""
        if self.spec.kind == "regression":
            assert output.scores is not None, "a head has scores"
            return widened(output.scores)
        log_probs = self.log_probs(output, rows)
        if self.spec.kind == "spans":
            ends = log_probs.gather(2, rows.places[:, :, None])  # (R, 2, 1)
            return ends.sum((1, 2))
        (option,) = self._options
        own = log_probs[:, 0]  # (R, C)
        others = torch.cat([own[:, :option], own[:, option + 1 :]], dim=1)
        return own[:, option] - others.logsumexp(1)

    def answer_text(self) -> str:
        """The label, the number, or the span."""
        if self.spec.kind == "regression":
            return f"{float(self.evaluate().scores[0]):.4g}"
        if self.spec.kind == "spans":
            first, last = self._places
            passage = self._asked.second or ""
            return passage[self.tokens[first].start : self.tokens[last].end].strip()
        return self.spec.labels[self._options[0]]

    def option_text(self, option: int) -> str:
        """A label, or a token of the row."""
        if self.spec.kind == "spans":
            return self.tokens[option].text if option < len(self.tokens) else ""
        return self.spec.labels[option] if self.spec.labels else ""

    @property
    def answer_options(self) -> tuple[int, ...]:
        """The label's number; where a span begins and ends."""
        return self._options

    @property
    def word(self) -> str | None:
        """The word whose tag is explained."""
        if self._words is None:
            return None
        return self._words.words[int(self._row.words[self._places[0]])]

    @property
    def places(self) -> tuple[int, ...]:
        """The tokens at which the answer is read; none where it is read from the whole row."""
        return self._places

    def lens_positions(self) -> tuple[Token, ...]:
        """The word, or both ends of the span; nothing where a row is answered as a whole."""
        return tuple(self.tokens[place] for place in self._places)

    def reading_weights(self) -> torch.Tensor:
        """By the head's pooling; a maximum may come from anywhere and counts as a mean."""
        weights = torch.zeros(len(self.positions))
        if self._places:
            for place in self._places:
                weights[place] += 1 / len(self._places)
        elif self.spec.pooling in ("cls", "pooler"):
            weights[0] = 1.0
        elif self.spec.pooling == "last":
            weights[-1] = 1.0
        else:
            weights[:] = 1 / len(weights)
        return weights

    # How the row and the answer are found

    def _read_row(self) -> TextRow:
        encoder = row_encoder_for(self.subject.codec, self.subject.model.config, LengthConfig())
        asked = self._asked
        if self._words is not None:
            encoded = encoder.encode_words([self._words.words], [self._words.joiner])
        elif self.spec.kind == "spans":
            encoded = encoder.encode_questions([asked.text], [asked.second or ""])
        else:
            encoded = encoder.encode_texts([asked.text], [asked.second])
        self.num_cut_tokens = encoded.counts.num_cut_tokens
        return encoded.rows[0]

    def _shown(self) -> list[Token]:
        codec, row = self.subject.codec, self._row
        texts = [self._asked.text, self._asked.second or ""]
        if self._words is not None:
            texts[0] = self._words.joiner.join(self._words.words)
        shown = []
        last_end = {0: 0, 1: 0}
        for token_id, side, (start, end) in zip(
            row.ids.tolist(), row.sides.tolist(), row.spans.tolist(), strict=True
        ):
            if side < 0:
                shown += special_tokens(codec, [token_id], "text")
                continue
            part: TokenPart = "second" if side else "text"
            (token,) = text_tokens(codec, [token_id], [(start, end)], texts[side], part)
            if start < last_end[side]:
                token = Token(token.id, CONTINUES, start, end, False, part)
            last_end[side] = max(last_end[side], end)
            shown.append(token)
        return shown

    def _find_answer(self) -> None:
        asked, labels = self._asked, self.spec.labels
        if self.spec.kind == "classification":
            label = asked.label if asked.label is not None else self._predicted_class()
            self._options = (labels.index(label),)
        elif self.spec.kind == "tagging":
            place, tag = self._chosen_word()
            self._places = (place,)
            self._options = (labels.index(asked.label if asked.label is not None else tag),)
        elif self.spec.kind == "spans":
            self._places = self._options = self._chosen_span()

    def _predicted_class(self) -> str:
        with torch.no_grad():
            scores = self.forward(self.rows()).scores
        assert scores is not None, "a head has scores"
        return self.spec.labels[int(scores[0].argmax())]

    def _chosen_word(self) -> tuple[int, str]:
        """The token of the word that was asked for, or of the first that is tagged; and its tag."""
        assert self._words is not None, "a sentence is cut into words"
        predictor = TaskPredictor(
            cast(TaskModel, self.subject.model), self.subject.codec, head=self.spec.name
        )
        (tags,) = predictor.tag([self._words.words], [self._words.joiner]).items
        firsts = {int(word): place for place, word in enumerate(self._row.words) if word >= 0}
        if not firsts:
            raise ConfigError(t("the sentence has no word that the model sees"), where="-p")
        if self._asked.word is not None:
            number = _word_number(self._asked.word, self._words.words)
            if number not in firsts:
                raise ConfigError(
                    t("the model does not see the word {word}", word=self._asked.word),
                    where="--word",
                    why=t("it has no token, or was cut off"),
                )
        else:
            tagged = [one for one in firsts if tags[one] != "O"]
            number = tagged[0] if tagged else min(firsts)
        return firsts[number], tags[number]

    def _chosen_span(self) -> tuple[int, int]:
        """First and last token of the span that was given, or of the best one."""
        passage = [place for place, side in enumerate(self._row.sides) if side == 1]
        if not passage:
            raise ConfigError(t("the passage has no tokens"), where="--second")
        if self._asked.answer is None:
            with torch.no_grad():
                scores = self.forward(self.rows()).scores
            assert scores is not None, "a head has scores"
            return _best_span(scores[0], passage)
        start = (self._asked.second or "").find(self._asked.answer)
        end = start + len(self._asked.answer)
        inside = [
            place
            for place in passage
            if self._row.spans[place, 0] < end and self._row.spans[place, 1] > start
        ]
        if start < 0 or not inside:
            raise ConfigError(
                t("the passage does not hold the answer: {text}", text=self._asked.answer),
                where="--answer",
                hint=t("Give words of the passage as they stand there."),
            )
        return inside[0], inside[-1]


MAX_SPAN_TOKENS = 30


def _best_span(scores: torch.Tensor, passage: Sequence[int]) -> tuple[int, int]:
    """Ends of the best span of at most `MAX_SPAN_TOKENS` of the passage, by scores (T, 2)."""
    first, last = passage[0], passage[-1]
    starts, ends = scores[first : last + 1, 0], scores[first : last + 1, 1]
    sums = starts[:, None] + ends[None, :]
    allowed = torch.ones_like(sums, dtype=torch.bool).triu().tril(MAX_SPAN_TOKENS - 1)
    best = int(sums.masked_fill(~allowed, -torch.inf).argmax())
    return first + best // len(starts), first + best % len(starts)


def _word_number(word: str, words: Sequence[str]) -> int:
    if word in words:
        return words.index(word)
    if word.isdecimal() and 1 <= int(word) <= len(words):
        return int(word) - 1
    raise ConfigError(
        t("the sentence has no word {word}", word=word),
        where="--word",
        hint=t("Give one of its words, or a number from 1 to {count}.", count=len(words)),
    )


def _check(spec: HeadSpec, asked: Asked) -> None:
    """Refuse what this head cannot be asked."""
    if asked.label is not None and asked.label not in spec.labels:
        raise ConfigError(
            t("the model has no label {label}", label=asked.label),
            where="--label",
            hint=t("There are: {names}.", names=listed(spec.labels) or "-"),
        )
    if asked.word is not None and spec.kind != "tagging":
        raise ConfigError(t("this model tags no words"), where="--word")
    if asked.answer is not None and spec.kind != "spans":
        raise ConfigError(
            t("this model has a head and writes nothing"),
            where="--answer",
            hint=t("Choose what is explained with --label."),
        )
    if spec.kind == "spans" and asked.second is None:
        raise ConfigError(
            t("this model answers a question from a passage"),
            where="-p",
            hint=t("Give the passage with --second."),
        )
    if spec.kind == "tagging" and asked.second is not None:
        raise ConfigError(t("a sentence that is tagged has no second text"), where="--second")
    if not asked.text.strip():
        raise ConfigError(t("the text is empty"), where="-p")
