"""Translations in which the terms of a glossary are respected, and what could not be.

In: an encoder-decoder, sources, a glossary. Each source is translated freely first; where a term of
it is missing in the target, it is translated again by a beam that must write it
(`constrained_beam`). Terms are written as the glossary has them: not inflected, and where in the
sentence is the model's choice, which a model that has never seen the term makes badly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.beam import BeamSettings, follow_beams
from yanmo.inference.constrained_beam import ConstrainedText, Required, advance_constrained
from yanmo.inference.from_source import source_ids_of
from yanmo.inference.glossary import Glossary, Term, is_in, is_unspaced
from yanmo.inference.write_text import write_targets
from yanmo.inference.writing import open_sources
from yanmo.inference.writing_config import WritingConfig
from yanmo.inference.writing_rules import WritingRules
from yanmo.models.language_model import LanguageModel
from yanmo.tokens.text_codec import TextCodec

LEAST_BEAMS = 8
"""Beams where terms must be written; with fewer there is no choice where they stand."""


@dataclass(frozen=True)
class GlossaryTranslations:
    """What was written, and what became of the terms.

    Attributes:
        texts: one for each source.
        num_terms: terms found in the sources, each once a source.
        num_free: of these, how many the model used by itself.
        num_forced: how many it used once it had to.
        missing: the number of the source and the term, where the target does not have it.
    """

    texts: tuple[str, ...]
    num_terms: int
    num_free: int
    num_forced: int
    missing: tuple[tuple[int, Term], ...]


def write_with_glossary(
    model: LanguageModel,
    tokenizer: TextCodec,
    sources: Sequence[str],
    glossary: Glossary,
    config: WritingConfig | None = None,
) -> GlossaryTranslations:
    """Translate `sources`; terms of the glossary that stand in them are in the targets, or counted.

    Raises:
        ConfigError: the model reads no source.
        DataError: the tokenizer is not the model's.
    """
    if model.kind != "seq2seq":
        raise ConfigError(
            t("a {family} model reads no source", family=model.config.family),
            hint=t("A glossary needs a model that translates: marian, t5, lstm_seq2seq ..."),
        )
    config = config or WritingConfig()
    texts = write_targets(model, tokenizer, sources, config)
    wanted = [glossary.found_in(source) for source in sources]
    num_free, num_forced = 0, 0
    missing: list[tuple[int, Term]] = []
    again: list[int] = []
    for number, terms in enumerate(wanted):
        num_missing = sum(not is_in(term.target, texts[number]) for term in terms)
        num_free += len(terms) - num_missing
        if num_missing:
            again.append(number)
    for first in range(0, len(again), config.batch_rows):
        batch = again[first : first + config.batch_rows]
        forced = _write_forced(
            model,
            tokenizer,
            [sources[number] for number in batch],
            [wanted[number] for number in batch],
            config,
        )
        for number, text in zip(batch, forced, strict=True):
            before = [term for term in wanted[number] if is_in(term.target, texts[number])]
            after = [term for term in wanted[number] if is_in(term.target, text)]
            if len(after) > len(before):
                texts[number] = text
                num_forced += len(after) - len(before)
            missing += [
                (number, term) for term in wanted[number] if not is_in(term.target, texts[number])
            ]
    return GlossaryTranslations(
        tuple(texts), sum(map(len, wanted)), num_free, num_forced, tuple(missing)
    )


@torch.inference_mode()
def _write_forced(
    model: LanguageModel,
    tokenizer: TextCodec,
    sources: Sequence[str],
    wanted: Sequence[Sequence[Term]],
    config: WritingConfig,
) -> list[str]:
    """Translations in which the targets of `wanted` must be written."""
    ids = [source_ids_of(tokenizer, source) for source in sources]
    opened = open_sources(model, ids, config, tokenizer.vocab_size)
    settings = BeamSettings(
        max(LEAST_BEAMS, config.num_beams), config.length_penalty, config.beam_stop
    )
    rules = WritingRules(tokenizer.eos_ids, config.min_new_tokens, config.no_repeat_ngram)
    going_on = _tokens_that_go_on(tokenizer)
    texts = [
        ConstrainedText(
            row, limit, [_required(tokenizer, term.target, going_on) for term in terms], settings
        )
        for row, (limit, terms) in enumerate(zip(opened.limits, wanted, strict=True))
    ]
    advance = partial(advance_constrained, rules=rules)
    found = follow_beams(opened.rows, opened.begins, texts, advance)
    return [tokenizer.decode(written.ids) for written in found]


def _required(tokenizer: TextCodec, target: str, going_on: frozenset[int]) -> Required:
    """The tokens of a term at the beginning of a text and within it."""
    first = tuple(tokenizer.encode(target))
    later = first if is_unspaced(target) else tuple(tokenizer.encode(f" {target}"))
    ends_in_word = target[-1].isalnum() and not is_unspaced(target[-1])
    return Required(first, later, going_on if ends_in_word else frozenset())


def _tokens_that_go_on(tokenizer: TextCodec) -> frozenset[int]:
    """Tokens that, put behind a word, make it longer."""
    word = tokenizer.encode("a")
    length = len(tokenizer.decode(word))
    found = set()
    for token in range(tokenizer.vocab_size):
        behind = tokenizer.decode([*word, token])[length : length + 1]
        if behind.isalnum() and not is_unspaced(behind):
            found.add(token)
    return frozenset(found)
