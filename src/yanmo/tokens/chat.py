"""Conversations as token ids, and which of them the assistant writes.

Comes in: turns. Goes out: the ids that `transformers` gives for the same conversation by the same
template, and for each the turn in which the assistant writes it. What a turn spells never becomes a
control token. Knows the folder of a tokenizer, and no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from yanmo.core.conversation_forms import Turn
from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tokens.chat_template import ChatTemplate, TemplateExtras
from yanmo.tokens.outside_specials import read_folder_facts
from yanmo.tokens.outside_tokenizer import OutsideTokenizer
from yanmo.tokens.special import CHAT_TEMPLATE, END_OF_TEXT, PAD
from yanmo.tokens.text_codec import TextCodec, load_codec
from yanmo.tokens.tokenizer import Tokenizer

TEMPLATE_FILE = "chat_template.jinja"
NOT_LEARNED = -1


class ControlCodec(Protocol):
    """What a tokenizer must do so that a chat template can be used with it."""

    @property
    def control_spellings(self) -> tuple[str, ...]:
        """The spellings of all special tokens."""

    def encode_with_controls(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of a text whose control tokens count, and the characters each stands for."""


@dataclass(frozen=True)
class ChatTokens:
    """A conversation of T tokens.

    Attributes:
        ids: (T,).
        turns: (T,) the number, from 0, of the turn in which the assistant writes the token; -1
            where it is only read.
        text: what the template made of the conversation.
        spans: (T, 2) the characters of `text`, from and to, that each token stands for. Tokens that
            are parts of one character have the same.
    """

    ids: npt.NDArray[np.int64]
    turns: npt.NDArray[np.int32]
    text: str
    spans: npt.NDArray[np.int64]

    @property
    def is_learned(self) -> npt.NDArray[np.bool_]:
        """(T,) whether the assistant writes the token: its answers and what ends them."""
        is_learned: npt.NDArray[np.bool_] = self.turns != NOT_LEARNED
        return is_learned


class ChatEncoder:
    """Encodes conversations by one template.

    Args:
        template: gives the text.
        codec: gives the ids of the text.
    """

    def __init__(self, template: ChatTemplate, codec: ControlCodec) -> None:
        self._template = template
        self._codec = codec

    def encode(self, turns: Sequence[Turn]) -> ChatTokens:
        """A whole conversation.

        A token belongs to an answer if any character of it does.

        Raises:
            DataError: the template refuses the conversation.
        """
        rendered = self._template.render(turns)
        ids, offsets = self._encoded(rendered.text, rendered.breaks)
        spans = np.array(offsets, dtype=np.int64).reshape(-1, 2)
        owners = np.full(len(ids), NOT_LEARNED, dtype=np.int32)
        for turn, (start, end) in rendered.answers:
            owners[(spans[:, 0] < end) & (spans[:, 1] > start)] = turn
        return ChatTokens(np.array(ids, dtype=np.int64), owners, rendered.text, spans)

    def prompt(self, turns: Sequence[Turn], extras: TemplateExtras | None = None) -> list[int]:
        """The ids of a conversation in which the assistant is to answer next.

        Args:
            turns: in their order.
            extras: what the template is given beside them: tools, for one.

        Raises:
            DataError: the template refuses the conversation.
        """
        rendered = self._template.render(turns, has_prompt=True, extras=extras)
        return self._encoded(rendered.text, rendered.breaks)[0]

    @cached_property
    def turn_end_ids(self) -> frozenset[int]:
        """The control token that ends the assistant's turns, at which writing is to stop; empty
        where the template has none."""
        tokens = self.encode([Turn("user", "a"), Turn("assistant", "b")])
        place = int(np.flatnonzero(tokens.is_learned)[-1])
        start, end = tokens.spans[place].tolist()
        is_control = tokens.text[start:end].strip() in self._codec.control_spellings
        return frozenset({int(tokens.ids[place])} if is_control else ())

    def _encoded(self, text: str, breaks: Sequence[int]) -> tuple[list[int], list[tuple[int, int]]]:
        """Ids and offsets of a text that is cut at `breaks`."""
        ids: list[int] = []
        offsets: list[tuple[int, int]] = []
        borders = [0, *breaks, len(text)]
        for start, end in pairwise(borders):
            found, places = self._codec.encode_with_controls(text[start:end])
            ids += found
            offsets += [(start + a, start + b) for a, b in places]
        return ids, offsets


def own_chat(tokenizer: Tokenizer) -> ChatEncoder:
    """The encoder of a tokenizer of ours: ChatML."""
    names = {"bos": END_OF_TEXT, "eos": END_OF_TEXT, "pad": PAD}
    template = ChatTemplate(CHAT_TEMPLATE, names, tokenizer.control_spellings, where=TEMPLATE_FILE)
    return ChatEncoder(template, tokenizer)


def load_chat(directory: Path | str, codec: TextCodec | None = None) -> ChatEncoder:
    """The encoder of a tokenizer's or a model's folder, by the template that lies in it.

    Args:
        directory: holds `chat_template.jinja`, or `tokenizer_config.json` with a `chat_template`.
        codec: the folder's tokenizer, where it is open already.

    Raises:
        DataError: there is no template, it is broken, or the tokenizer is of a kind that has none.
    """
    directory = Path(directory)
    codec = codec if codec is not None else load_codec(directory)
    if not isinstance(codec, Tokenizer | OutsideTokenizer):
        raise DataError(
            t("this tokenizer is for translation and has no conversations"), where=str(directory)
        )
    facts = read_folder_facts(directory)
    path = directory / TEMPLATE_FILE
    if path.is_file():
        source = _read(path)
    else:
        found = _configured_template(facts.settings.get("chat_template"))
        if found is None and not isinstance(codec, Tokenizer):
            raise DataError(
                t("there is no chat template here"),
                where=str(directory),
                why=t("the model was not made for conversations"),
                hint=t(
                    "Put a {file} there: turns as the model is to read them, in Jinja.",
                    file=TEMPLATE_FILE,
                ),
            )
        source, path = found or CHAT_TEMPLATE, directory / "tokenizer_config.json"
    return ChatEncoder(
        ChatTemplate(source, facts.names, codec.control_spellings, where=str(path)), codec
    )


def _configured_template(value: Any) -> str | None:
    """The template of `tokenizer_config.json`: a text, or the one named `default` of a list."""
    if isinstance(value, list):
        named = {
            entry.get("name"): entry.get("template") for entry in value if isinstance(entry, dict)
        }
        value = named.get("default")
    return value if isinstance(value, str) else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            t("the chat template cannot be read"), where=str(path), why=str(error)
        ) from error
