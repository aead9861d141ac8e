"""A conversation with a model: what was said, what it still remembers, and its next answer.

In: turns of a person. Out: answers piece by piece. The model reads the conversation by the chat
template of its folder; a model without one simply goes on with the text of all turns. What does not
fit into its context any more is left out from the beginning on, and told. Knows no terminal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast, get_args

from yanmo.core.conversation_forms import Role, Turn
from yanmo.core.errors import ConfigError, DataError, RunError
from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig
from yanmo.inference.engine.engine import Engine
from yanmo.inference.engine.request import ChoiceEvent, EngineRequest, FinishReason
from yanmo.inference.generate import prompt_ids_of
from yanmo.tokens.chat import ChatEncoder
from yanmo.tokens.text_codec import TextCodec

_ANSWER_SHARE = 4
"""At least this part of the context, or as much as an answer may have, is kept for the answer."""


@dataclass
class Answer:
    """What came of a turn.

    Attributes:
        text: all of it, when it has ended.
        num_tokens: how many there are.
        num_left_out: turns at the beginning that the model did not read.
        reason: why it ended.
    """

    text: str = ""
    num_tokens: int = 0
    num_left_out: int = 0
    reason: FinishReason = "stop"


class Conversation:
    """Turns, and the model that answers.

    Args:
        engine: with one slot or more; what it has read of the conversation is not read again.
        codec: the tokenizer.
        chat: the template; None lets the model go on with the text of the turns.
        sampling: how answers are drawn.

    Attributes:
        system: what stands before all turns; empty for nothing.
        turns: what was said.
        sampling: as above; may be changed between turns.
        last: the last answer.
    """

    def __init__(
        self, engine: Engine, codec: TextCodec, chat: ChatEncoder | None, sampling: SamplingConfig
    ) -> None:
        self.system = ""
        self.turns: list[Turn] = []
        self.sampling = sampling
        self.last = Answer()
        self._engine = engine
        self._codec = codec
        self._chat = chat
        self._num_retries = 0

    def ask(self, text: str, is_stopped: Callable[[], bool] = lambda: False) -> Iterator[str]:
        """The pieces of the answer to `text`, which becomes a turn; the answer another one.

        Args:
            is_stopped: asked between tokens; True ends the answer with what there is.

        Raises:
            ConfigError: the turn does not fit into the context.
            DataError: the template refuses the conversation.
            RunError: the model's scores are not numbers.
        """
        self.turns.append(Turn("user", text))
        self._num_retries = 0
        yield from self._answer(is_stopped)

    def retry(self, is_stopped: Callable[[], bool] = lambda: False) -> Iterator[str]:
        """Another answer to the last turn; with a seed, the next one of it.

        Raises:
            ConfigError: nothing was said yet; and as `ask`.
        """
        while self.turns and self.turns[-1].role == "assistant":
            self.turns.pop()
        if not self.turns:
            raise ConfigError(t("nothing was said yet"))
        self._num_retries += 1
        yield from self._answer(is_stopped)

    def undo(self) -> bool:
        """Take the last turn and its answer back; whether there was one."""
        found = False
        while self.turns and not found:
            found = self.turns.pop().role == "user"
        return found

    def clear(self) -> None:
        """Forget all turns; what stands before them stays."""
        self.turns = []

    def to_json(self) -> str:
        """The conversation in the usual form of chat messages."""
        said = [Turn("system", self.system)] if self.system else []
        messages = [{"role": turn.role, "content": turn.content} for turn in [*said, *self.turns]]
        return json.dumps({"messages": messages}, ensure_ascii=False, indent=2) + "\n"

    def take_json(self, text: str) -> None:
        """Go on with a conversation that `to_json` gave.

        Raises:
            DataError: it is none.
        """
        try:
            turns = [_turn_of(message) for message in json.loads(text)["messages"]]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                t("this is no conversation"),
                why=str(error),
                hint=t("It is JSON: {form}", form='{"messages": [{"role": ..., "content": ...}]}'),
            ) from error
        self.system = "\n".join(turn.content for turn in turns if turn.role == "system")
        self.turns = [turn for turn in turns if turn.role != "system"]

    def _answer(self, is_stopped: Callable[[], bool]) -> Iterator[str]:
        answer = self.last = Answer()
        try:
            ids, answer.num_left_out = self._fitting_prompt()
            number = self._engine.submit(self._request(ids))
        except (ConfigError, DataError):
            if self.turns[-1].role == "user":
                self.turns.pop()  # as if it had not been said
            raise
        try:
            for event in self._events(number, is_stopped):
                answer.text += event.text
                answer.num_tokens += len(event.tokens)
                answer.reason = event.finish_reason or answer.reason
                if event.finish_reason == "error":
                    raise RunError(event.failure or t("the model failed"))
                if event.text:
                    yield event.text
        finally:
            self._engine.cancel(number)
            while self._engine.has_work:
                self._engine.step()
            said = answer.text if self._chat is None else answer.text.strip()
            self.turns.append(Turn("assistant", said))

    def _events(self, number: int, is_stopped: Callable[[], bool]) -> Iterator[ChoiceEvent]:
        while self._engine.has_work:
            if is_stopped():
                self._engine.cancel(number)
            for event in self._engine.step():
                if isinstance(event, ChoiceEvent) and event.request == number:
                    yield event

    def _request(self, ids: list[int]) -> EngineRequest:
        sampling = self.sampling
        if sampling.seed is not None:
            seed = sampling.seed + self._num_retries
            sampling = sampling.model_copy(update={"seed": seed})
        ends = frozenset[int]() if self._chat is None else self._chat.turn_end_ids
        return EngineRequest(tuple(ids), sampling, stop_ids=ends)

    def _fitting_prompt(self) -> tuple[list[int], int]:
        """What the model is to read, and how many turns at the beginning are left out of it."""
        size = self._engine.slot_tokens
        room = size - min(self.sampling.max_new_tokens, size // _ANSWER_SHARE)
        for first in range(len(self.turns)):
            if self.turns[first].role != "user":
                continue
            ids = self._prompt(self.turns[first:])
            if len(ids) <= room:
                return ids, first
        raise ConfigError(
            t(
                "this turn is too long: {length} tokens, and the model has room for {room}",
                length=len(ids),
                room=room,
            )
        )

    def _prompt(self, turns: list[Turn]) -> list[int]:
        said = [Turn("system", self.system)] if self.system else []
        if self._chat is not None:
            return self._chat.prompt([*said, *turns])
        text = ""
        for turn in [*said, *turns]:  # an answer goes on right behind what it goes on with
            begins_line = turn.role != "assistant" and text and not text.endswith("\n")
            text += ("\n" if begins_line else "") + turn.content
        return prompt_ids_of(self._codec, text)


def _turn_of(message: Any) -> Turn:
    role, content = message["role"], message["content"]
    if role not in get_args(Role) or not isinstance(content, str):
        raise ValueError(f"{role}: {content!r:.40}")
    return Turn(cast(Role, role), content)
