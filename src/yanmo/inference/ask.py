"""A question answered from a passage by a model that writes, with the sentence to check it against.

In: a question and a passage, of any length. Out: an answer, where in the passage it comes from, and
how much of the passage the model was not given. A passage that is too long is read in part: the
sentences that share rare words with the question, in their order. Causal models only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from yanmo.core.conversation_forms import Turn
from yanmo.core.errors import ConfigError, RunError
from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig
from yanmo.inference.engine.engine import Engine
from yanmo.inference.engine.request import ChoiceEvent, EngineRequest, Grammar
from yanmo.inference.generate import prompt_ids_of
from yanmo.inference.parts import sentences_of
from yanmo.inference.raw_words import is_chinese
from yanmo.inference.source_sentence import SourceSentence, find_source
from yanmo.inference.term_index import TermIndex
from yanmo.tokens.chat import ChatEncoder

_WORDS = {
    # As the corpus engine writes passages with their questions, so that a base model has seen it.
    "en": ("Question: ", "Answer:", "Answer the question from this text."),
    "zh": ("问：", "答：", "请根据这段文字回答问题。"),
}


@dataclass(frozen=True)
class PassageAnswer:
    """What a model answers from a passage.

    Attributes:
        answer: its words; empty where it gave none.
        source: the sentence that says so; None where no sentence of the passage does.
        num_left_out: sentences of the passage that the model was not given, for want of room.
    """

    answer: str
    source: SourceSentence | None
    num_left_out: int


class PassageReader:
    """Answers from passages.

    Args:
        engine: over a causal model.
        chat: the encoder of its template, where the model was tuned on conversations; a model that
            was not is shown the passage, the question and where an answer begins.
        is_quoting: whether an answer has to stand in the passage word for word.
        max_new_tokens: longest answer.
    """

    def __init__(
        self,
        engine: Engine,
        chat: ChatEncoder | None = None,
        *,
        is_quoting: bool = False,
        max_new_tokens: int = 48,
    ) -> None:
        assert engine.codec is not None, "answers are text"
        self._engine = engine
        self._codec = engine.codec
        self._chat = chat
        self._is_quoting = is_quoting
        self._max_new_tokens = max_new_tokens

    def answer(self, question: str, passage: str) -> PassageAnswer:
        """Answer a question.

        Raises:
            ConfigError: question and answer alone leave no room for a sentence of the passage.
            RunError: the model's scores are not numbers.
        """
        read, num_left_out = self._fitting(question, passage)
        written = self._write(self._prompt(question, read), read).strip()
        return PassageAnswer(written, find_source(passage, question, written), num_left_out)

    def _fitting(self, question: str, passage: str) -> tuple[str, int]:
        """As many sentences as fit, the ones nearest to the question first, in their order."""
        sentences = sentences_of(passage)
        if not passage.strip():
            raise ConfigError(t("the passage is empty"))
        if self._has_room(question, passage):
            return passage, 0
        nearness = TermIndex(sentences).scores(question)
        order = sorted(range(len(sentences)), key=lambda place: (-nearness[place], place))
        kept: set[int] = set()
        for place in order:
            wanted = kept | {place}
            if self._has_room(question, "".join(sentences[number] for number in sorted(wanted))):
                kept = wanted
        if not kept:
            raise ConfigError(
                t(
                    "no sentence of the passage fits into the {limit} positions of the model",
                    limit=self._engine.slot_tokens,
                )
            )
        text = "".join(sentences[number] for number in sorted(kept))
        return text, sum(bool(one.strip()) for one in sentences) - len(kept)

    def _has_room(self, question: str, passage: str) -> bool:
        used = len(self._prompt(question, passage))
        return used + self._max_new_tokens <= self._engine.slot_tokens

    def _prompt(self, question: str, passage: str) -> list[int]:
        asks, answers, task = _WORDS["zh" if is_chinese(question) else "en"]
        if self._chat is not None:
            said = f"{task}\n\n{passage.strip()}\n\n{asks}{question.strip()}"
            return self._chat.prompt([Turn("user", said)])
        shown = f"{passage.strip()}\n\n{asks}{question.strip()}\n{answers}"
        return prompt_ids_of(self._codec, shown)

    def _write(self, ids: list[int], read: str) -> str:
        stops = frozenset() if self._chat is None else self._chat.turn_end_ids
        sampling = SamplingConfig(
            temperature=0.0,
            max_new_tokens=self._max_new_tokens,
            stop=[] if self._chat is not None else ["\n"],
        )
        grammar = _quotation(read) if self._is_quoting else None
        self._engine.submit(EngineRequest(tuple(ids), sampling, stop_ids=stops, grammar=grammar))
        text = ""
        while self._engine.has_work:
            for event in self._engine.step():
                if isinstance(event, ChoiceEvent):
                    text += event.text
                    if event.failure is not None:
                        raise RunError(event.failure)
        return text


def _quotation(passage: str) -> Grammar:
    """Any run of whole words of a passage, or of characters of a Chinese one."""
    unit = "substring_chars" if is_chinese(passage) else "substring_words"
    space = "" if is_chinese(passage) else '" "? '
    part = json.dumps({unit: passage.strip()}, ensure_ascii=False)
    return Grammar("lark", f"start: {space}quotation\nquotation: %regex {part}")
