"""What a model says of rows: one kind of work for each kind of head, and writing.

In: asks. Out: for each the values that are added to its row, and what a person should be warned of.
Knows no files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from yanmo.core.conversation_forms import Turn
from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.inference.glossary import Glossary, Term
from yanmo.inference.parts import write_by_parts
from yanmo.inference.predict import Entity, TaskPredictor
from yanmo.inference.raw_words import is_chinese
from yanmo.inference.source_sentence import sentence_at
from yanmo.inference.write_text import WrittenText, write_texts
from yanmo.inference.write_with_glossary import write_with_glossary
from yanmo.inference.writing import write_ids
from yanmo.inference.writing_config import WritingConfig
from yanmo.models.language_model import LanguageModel
from yanmo.pipeline.predict.table import Ask
from yanmo.tokens.chat import ChatEncoder
from yanmo.tokens.row_counts import RowCounts
from yanmo.tokens.text_codec import TextCodec

PREDICTION = ""
"""The value that takes the name of the column itself; others are added to it with `_`."""
NUM_DIGITS = 6
MAX_NAMED = 8
"""Terms that a warning names."""

Values = dict[str, Any]


class Work(Protocol):
    """What a model does with asks."""

    @property
    def asks_questions(self) -> bool:
        """Whether it needs a question and a passage."""

    @property
    def names(self) -> tuple[str, ...]:
        """The values that it gives, the prediction first."""

    def run(self, asks: Sequence[Ask]) -> list[Values]:
        """The values of every ask."""

    def warnings(self) -> list[str]:
        """What of the asks so far was not read."""


@dataclass
class HeadWork:
    """Predicts with a head of a task model.

    Args:
        predictor: the head.
        threshold: the least log-odds of an answer.
        max_answer_tokens: the longest answer.
    """

    predictor: TaskPredictor
    threshold: float = 0.0
    max_answer_tokens: int = 30
    _counts: RowCounts = field(default_factory=RowCounts, init=False)

    @property
    def asks_questions(self) -> bool:
        """Whether a question and a passage are needed."""
        return self.predictor.spec.kind == "spans"

    @property
    def names(self) -> tuple[str, ...]:
        """The values of the head's kind."""
        return {
            "classification": (PREDICTION, "probability", "probabilities"),
            "regression": (PREDICTION,),
            "tagging": (PREDICTION,),
            "spans": (PREDICTION, "start", "source", "log_odds"),
        }[self.predictor.spec.kind]

    def run(self, asks: Sequence[Ask]) -> list[Values]:
        """The values of every ask.

        Raises:
            ConfigError: words are given to a head that reads texts.
        """
        kind = self.predictor.spec.kind
        by_kind: dict[str, Callable[[Sequence[Ask]], list[Values]]] = {
            "classification": self._classify,
            "regression": self._score,
            "tagging": self._tag,
            "spans": self._answer,
        }
        return by_kind[kind](asks)

    def warnings(self) -> list[str]:
        """What was cut."""
        return self._counts.warnings()

    def _classify(self, asks: Sequence[Ask]) -> list[Values]:
        found = self.predictor.classify(_texts(asks), [ask.second for ask in asks])
        self._counts += found.counts
        labels = self.predictor.spec.labels
        return [
            {
                PREDICTION: one.label,
                "probability": round(max(one.probabilities), NUM_DIGITS),
                "probabilities": {
                    label: round(value, NUM_DIGITS)
                    for label, value in zip(labels, one.probabilities, strict=True)
                },
            }
            for one in found.items
        ]

    def _score(self, asks: Sequence[Ask]) -> list[Values]:
        found = self.predictor.score(_texts(asks), [ask.second for ask in asks])
        self._counts += found.counts
        return [{PREDICTION: round(number, NUM_DIGITS)} for number in found.items]

    def _tag(self, asks: Sequence[Ask]) -> list[Values]:
        """Tags of given words; entities of running text."""
        if any(ask.second is not None for ask in asks):
            raise ConfigError(
                t("head {name} reads one text", name=self.predictor.spec.name),
                where="--second-column",
            )
        values: list[Values] = [{PREDICTION: None} for _ in asks]
        running = [place for place, ask in enumerate(asks) if isinstance(ask.text, str)]
        cut = [place for place, ask in enumerate(asks) if not isinstance(ask.text, str)]
        if running:
            entities = self.predictor.entities([str(asks[place].text) for place in running])
            self._counts += entities.counts
            for place, own in zip(running, entities.items, strict=True):
                values[place] = {PREDICTION: [_entity_values(entity) for entity in own]}
        if cut:
            words = [list(asks[place].text) for place in cut]
            joiners = ["" if is_chinese("".join(own)) else " " for own in words]
            tags = self.predictor.tag(words, joiners)
            self._counts += tags.counts
            for place, given in zip(cut, tags.items, strict=True):
                values[place] = {PREDICTION: list(given)}
        return values

    def _answer(self, asks: Sequence[Ask]) -> list[Values]:
        passages = [ask.second or "" for ask in asks]
        found = self.predictor.answer(
            _texts(asks),
            passages,
            threshold=self.threshold,
            max_answer_tokens=self.max_answer_tokens,
        )
        self._counts += found.counts
        return [
            {
                PREDICTION: one.answer,
                "start": one.start if one.has_answer else None,
                "source": sentence_at(passage, one.start).text if one.answer else None,
                "log_odds": round(one.log_odds, NUM_DIGITS) if one.start >= 0 else None,
            }
            for one, passage in zip(found.items, passages, strict=True)
        ]


@dataclass
class WritingWork:
    """Writes a target for each text with an encoder-decoder, a continuation with a decoder, or, of
    a decoder that was tuned on conversations, what the assistant answers.

    Args:
        model: in evaluation mode.
        codec: its tokenizer.
        config: how texts are written.
        reads_parts: whether a source that is too long is written from part by part.
        chat: the encoder of the model's template, where texts are what a user says.
        glossary: terms that translations have to use.
    """

    model: LanguageModel
    codec: TextCodec
    config: WritingConfig
    reads_parts: bool = True
    chat: ChatEncoder | None = None
    glossary: Glossary | None = None
    asks_questions: bool = field(default=False, init=False)
    names: tuple[str, ...] = field(default=(PREDICTION,), init=False)
    _num_forgotten: int = field(default=0, init=False)
    _num_cut_sources: int = field(default=0, init=False)
    _num_unfinished: int = field(default=0, init=False)
    _num_in_parts: int = field(default=0, init=False)
    _num_terms: int = field(default=0, init=False)
    _missing: list[Term] = field(default_factory=list, init=False)

    def run(self, asks: Sequence[Ask]) -> list[Values]:
        """What was written for every ask.

        Raises:
            ConfigError: an ask has two texts, or is made of words.
        """
        if any(ask.second is not None for ask in asks):
            raise ConfigError(t("a model that writes reads one text"), where="--second-column")
        texts = _texts(asks)
        if self.model.kind == "seq2seq" and self.reads_parts:
            # An end stands behind a source, and some models put a beginning before it.
            room = max(1, self.model.config.max_seq_len - 2)
            by_parts = write_by_parts(self._write, self.codec, texts, room)
            self._num_in_parts += sum(count > 1 for count in by_parts.num_parts)
            return [{PREDICTION: text} for text in by_parts.texts]
        return [{PREDICTION: text} for text in self._write(texts)]

    def warnings(self) -> list[str]:
        """What was not read, and what was not finished."""
        found = []
        if self._num_cut_sources:
            found.append(
                t(
                    "{cut:,} {cut:text is|texts are} longer than the model reads: {tokens:,} tokens"
                    " are not read",
                    cut=self._num_cut_sources,
                    tokens=self._num_forgotten,
                )
            )
        if self._num_in_parts:
            found.append(
                t(
                    "{count:,} {count:text is|texts are} longer than the model reads and"
                    " {count:was|were} written from part by part",
                    count=self._num_in_parts,
                )
            )
        if self._num_unfinished and (self.model.kind == "seq2seq" or self.chat is not None):
            found.append(
                t(
                    "{count:,} written {count:text|texts} came to the limit of tokens before"
                    " {count:its|their} end",
                    count=self._num_unfinished,
                )
            )
        if self._missing:
            names = [f"{term.source} = {term.target}" for term in dict.fromkeys(self._missing)]
            found.append(
                t(
                    "{missing:,} of {terms:,} terms of the glossary are not in the translation:"
                    " {names}",
                    missing=len(self._missing),
                    terms=self._num_terms,
                    names=listed(names, limit=MAX_NAMED),
                )
            )
        return found

    def _write(self, texts: Sequence[str]) -> list[str]:
        if self.glossary is not None:
            translated = write_with_glossary(
                self.model, self.codec, texts, self.glossary, self.config
            )
            self._num_terms += translated.num_terms
            self._missing += [term for _, term in translated.missing]
            return list(translated.texts)
        written = self._write_chat(texts) if self.chat is not None else self._write_plain(texts)
        self._num_forgotten += sum(one.num_forgotten for one in written)
        self._num_cut_sources += sum(one.num_forgotten > 0 for one in written)
        self._num_unfinished += sum(one.is_cut for one in written)
        return [one.text for one in written]

    def _write_plain(self, texts: Sequence[str]) -> list[WrittenText]:
        return write_texts(self.model, self.codec, texts, self.config)

    def _write_chat(self, texts: Sequence[str]) -> list[WrittenText]:
        assert self.chat is not None, "only where texts are what a user says"
        found = write_ids(
            self.model,
            [self.chat.prompt([Turn("user", text)]) for text in texts],
            self.config,
            stop_ids=self.codec.eos_ids | self.chat.turn_end_ids,
            vocab_size=self.codec.vocab_size,
        )
        return [
            WrittenText(
                self.codec.decode(one.ids).strip(),
                one.log_prob,
                len(one.ids),
                one.is_cut,
                one.num_forgotten,
            )
            for one in found
        ]


def _texts(asks: Sequence[Ask]) -> list[str]:
    texts = []
    for ask in asks:
        if not isinstance(ask.text, str):
            raise ConfigError(
                t("the column holds lists of words, and this model reads texts"),
                where="--text-column",
            )
        texts.append(ask.text)
    return texts


def _entity_values(entity: Entity) -> Values:
    return {"kind": entity.kind, "start": entity.start, "end": entity.end, "text": entity.text}
