"""The special tokens and the chat template that uses them.

Special tokens stand behind the learned vocabulary, in this order, so that learned ids do not
depend on them. Sentinels, which span corruption needs, come last; a tokenizer may have none. Text
from a user never turns into a special token, whatever it spells.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

END_OF_TEXT = "<|endoftext|>"
PAD = "<|pad|>"
MASK = "<|mask|>"
TURN_START = "<|im_start|>"
TURN_END = "<|im_end|>"
SEPARATOR = "<|sep|>"
FIM_PREFIX = "<|fim_prefix|>"
FIM_MIDDLE = "<|fim_middle|>"
FIM_SUFFIX = "<|fim_suffix|>"
START_OF_PIECE = "<|sop|>"
END_OF_PIECE = "<|eop|>"

SPECIAL_TOKENS = (
    END_OF_TEXT,
    PAD,
    MASK,
    TURN_START,
    TURN_END,
    SEPARATOR,
    FIM_PREFIX,
    FIM_MIDDLE,
    FIM_SUFFIX,
    START_OF_PIECE,
    END_OF_PIECE,
)
"""The special tokens of every tokenizer, in the order of their ids."""


@dataclass(frozen=True)
class SpecialIds:
    """The ids of the special tokens of one tokenizer, and its size."""

    vocab_size: int
    eos: int
    pad: int
    mask: int
    sep: int
    fim_prefix: int
    fim_middle: int
    fim_suffix: int
    sop: int
    eop: int
    sentinels: tuple[int, ...] = ()
    """Ids of `<|extra_0|>`, `<|extra_1|>` and so on."""
    special: frozenset[int] = frozenset()
    """All ids that are no text, those above included."""


def sentinel_token(number: int) -> str:
    """The spelling of a sentinel, counted from 0."""
    return f"<|extra_{number}|>"


def sentinels_in(vocabulary: Container[str]) -> tuple[str, ...]:
    """The sentinels of a vocabulary: `<|extra_0|>` and on, as far as they run without a gap."""
    found: list[str] = []
    while sentinel_token(len(found)) in vocabulary:
        found.append(sentinel_token(len(found)))
    return tuple(found)


# ChatML. Readers render it with `trim_blocks`, which eats a newline that follows a block, so every
# newline that belongs to the text is a string inside an expression. The generation markers tell
# `transformers` which tokens the assistant wrote (`return_assistant_tokens_mask`).
CHAT_TEMPLATE = r"""{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\n' -}}
{%- if message['role'] == 'assistant' -%}
{%- generation -%}
{{- message['content'] + '<|im_end|>' -}}
{%- endgeneration -%}
{%- else -%}
{{- message['content'] + '<|im_end|>' -}}
{%- endif -%}
{{- '\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\n' -}}
{%- endif -%}
"""
