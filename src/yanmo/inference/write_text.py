"""Texts written in batches: translations, summaries and answers; continuations of prompts.

In: texts. Out: texts, what the model was not given of each, and whether a limit cut the answer.
Knows tokenizers and stop strings; how rows are written together is `writing`'s part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yanmo.inference.from_source import source_ids_of
from yanmo.inference.generate import prompt_ids_of
from yanmo.inference.writing import write_ids
from yanmo.inference.writing_config import WritingConfig
from yanmo.models.language_model import LanguageModel
from yanmo.tokens.text_codec import TextCodec


@dataclass(frozen=True)
class WrittenText:
    """What was written for one text.

    Attributes:
        text: the target or the continuation, without what ended it.
        log_prob: natural log-probability of its tokens, that of the end included.
        num_tokens: tokens written, without the end.
        is_cut: whether a limit ended it.
        num_forgotten: tokens of the input that the model has no room for.
    """

    text: str
    log_prob: float
    num_tokens: int
    is_cut: bool
    num_forgotten: int


def write_targets(
    model: LanguageModel,
    tokenizer: TextCodec,
    sources: Sequence[str],
    config: WritingConfig | None = None,
) -> list[str]:
    """The text that the model writes for each of `sources`; see `write_texts`."""
    return [written.text for written in write_texts(model, tokenizer, sources, config)]


def write_texts(
    model: LanguageModel,
    tokenizer: TextCodec,
    texts: Sequence[str],
    config: WritingConfig | None = None,
    *,
    stop: Sequence[str] = (),
) -> list[WrittenText]:
    """Write a target for each text with an encoder-decoder; continue each with a causal model.

    Args:
        texts: in any order of lengths; an empty source is its end alone.
        stop: strings before the first of which a text ends. Greedy writing ends there; a beam goes
            on, and its text is cut there.

    Raises:
        ConfigError: a causal model is to continue nothing, or the model writes no text.
        DataError: the tokenizer is not the model's.
        RunError: the model's scores are not numbers.
    """
    ids_of = source_ids_of if model.kind == "seq2seq" else prompt_ids_of
    inputs = [ids_of(tokenizer, text) for text in texts]
    return write_from_ids(model, tokenizer, inputs, config or WritingConfig(), stop=stop)


def write_from_ids(
    model: LanguageModel,
    tokenizer: TextCodec,
    inputs: Sequence[Sequence[int]],
    config: WritingConfig,
    *,
    stop: Sequence[str] = (),
) -> list[WrittenText]:
    """Like `write_texts`, from the ids of sources or prompts."""
    words = [word for word in stop if word]
    ends_at_words = bool(words) and config.num_beams == 1
    found = write_ids(
        model,
        inputs,
        config,
        stop_ids=tokenizer.eos_ids,
        vocab_size=tokenizer.vocab_size,
        should_stop=_StopStrings(tokenizer, words) if ends_at_words else None,
    )
    return [
        WrittenText(
            before_first(tokenizer.decode(written.ids), words),
            written.log_prob,
            len(written.ids),
            written.is_cut,
            written.num_forgotten,
        )
        for written in found
    ]


def before_first(text: str, words: Sequence[str]) -> str:
    """`text` up to where the first of `words` begins in it; all of it where none does."""
    return text[: min((place for place in map(text.find, words) if place >= 0), default=len(text))]


class _StopStrings:
    """Tells whether a stop string is complete; only the text's end can have become one."""

    def __init__(self, tokenizer: TextCodec, words: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._words = words
        # A token is a byte at least, and a character four bytes at most.
        self._num_last = max(4 * len(word) for word in words) + 4

    def __call__(self, ids: Sequence[int]) -> bool:
        last = self._tokenizer.decode(ids[-self._num_last :])
        return any(word in last for word in self._words)
