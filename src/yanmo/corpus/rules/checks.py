"""The rules as tables: which measure may lie where, and the reason when it does not.

Comes in: the settings. Goes out: for each rule its checks, in the order in which they are made; the
first that fails gives the reason. Orders and reasons are datatrove's where datatrove has the rule.
Knows nothing of how measures are taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from yanmo.corpus.rules.config import (
    CharactersConfig,
    ChineseConfig,
    FineWebQualityConfig,
    GopherQualityConfig,
    GopherRepetitionConfig,
    RulesConfig,
)
from yanmo.corpus.rules.measure import (
    CHARACTERS,
    CHINESE,
    CHINESE_DUPLICATED_SIZES,
    CHINESE_TOP_SIZES,
    DUPLICATED_SIZES,
    LINES,
    REPETITION,
    TOP_SIZES,
    WORDS,
)


@dataclass(frozen=True)
class Check:
    """One threshold.

    Args:
        reason: why a document is rejected that fails it.
        measure: a name of `MEASURES`; a document for which it is NaN passes.
        min: the least value that is kept, or None.
        max: the greatest value that is kept, or None.
        keeps_zero: 0 passes, whatever `min` says.
    """

    reason: str
    measure: str
    min: float | None = None
    max: float | None = None
    keeps_zero: bool = False


@dataclass(frozen=True)
class RuleChecks:
    """One rule.

    Args:
        name: stands before the reason in the report.
        documents: which documents it judges.
        groups: the groups of measures that it needs.
        checks: in order.
    """

    name: str
    documents: Literal["all", "chinese", "other"]
    groups: int
    checks: tuple[Check, ...]


def gopher_repetition(config: GopherRepetitionConfig) -> tuple[Check, ...]:
    """The checks of Gopher's repetition rule."""
    return (
        Check("empty", "num_characters", min=1),
        *_repeated_segments(config),
        *(
            Check(f"top_{n}_gram", name, max=getattr(config, f"max_{name}"))
            for n in TOP_SIZES
            for name in [f"top_{n}_gram_frac"]
        ),
        *(
            Check(f"duplicated_{n}_n_grams", name, max=getattr(config, f"max_{name}"))
            for n in DUPLICATED_SIZES
            for name in [f"duplicated_{n}_gram_frac"]
        ),
    )


def gopher_quality(config: GopherQualityConfig, *, symbols_are_words: bool) -> tuple[Check, ...]:
    """The checks of Gopher's quality rule."""
    alpha = "alpha_word_frac" if symbols_are_words else "alpha_no_symbol_word_frac"
    return (
        Check("gopher_short_doc", "num_no_symbol_words", min=config.min_words),
        Check("gopher_long_doc", "num_no_symbol_words", max=config.max_words),
        Check("gopher_below_avg_threshold", "mean_word_length", min=config.min_mean_word_length),
        Check("gopher_above_avg_threshold", "mean_word_length", max=config.max_mean_word_length),
        Check("gopher_too_many_hashes", "hashes_per_word", max=config.max_hashes_per_word),
        Check("gopher_too_many_ellipsis", "ellipses_per_word", max=config.max_ellipses_per_word),
        Check(
            "gopher_too_many_bullets", "gopher_bullet_line_frac", max=config.max_bullet_line_frac
        ),
        Check(
            "gopher_too_many_end_ellipsis",
            "gopher_ellipsis_line_frac",
            max=config.max_ellipsis_line_frac,
        ),
        Check("gopher_below_alpha_threshold", alpha, min=config.min_alpha_word_frac),
        Check("gopher_enough_stop_words", "num_stop_words", min=config.min_stop_words),
    )


def fineweb_quality(config: FineWebQualityConfig) -> tuple[Check, ...]:
    """The checks of FineWeb's quality rule."""
    keeps_zero = config.keep_without_line_punct
    return (
        Check("empty", "num_lines", min=1),
        Check(
            "line_punct_ratio",
            "line_punct_frac",
            min=config.min_line_punct_frac,
            keeps_zero=keeps_zero,
        ),
        Check("short_line_ratio", "short_line_frac", max=config.max_short_line_frac),
        Check("char_dup_ratio", "char_dup_frac", max=config.max_char_dup_frac),
        Check("list_ratio", "new_lines_per_word", max=config.max_new_lines_per_word),
    )


def characters(config: CharactersConfig) -> tuple[Check, ...]:
    """The checks of the rule of characters."""
    return (
        Check("broken_encoding", "broken_frac", max=config.max_broken_frac),
        Check("too_many_symbols", "symbol_frac", max=config.max_symbol_frac),
        Check("too_many_digits", "digit_frac", max=config.max_digit_frac),
        Check("too_many_bullet_lines", "bullet_line_frac", max=config.max_bullet_line_frac),
        Check("too_many_ellipsis_lines", "ellipsis_line_frac", max=config.max_ellipsis_line_frac),
    )


def chinese(config: ChineseConfig) -> tuple[Check, ...]:
    """The checks of the rule of Chinese prose."""
    classical = "classical_frac"
    return (
        Check("too_few_han", "num_han", min=config.min_han),
        Check("low_han_frac", "han_frac", min=config.min_han_frac),
        Check("rare_han", "rare_han_frac", max=config.max_rare_han_frac),
        Check("no_function_characters", "function_frac", min=config.min_function_frac),
        *_repeated_segments(config),
        *(
            Check(f"top_{n}_characters", name, max=getattr(config, f"max_{name}"))
            for n in CHINESE_TOP_SIZES
            for name in [f"top_{n}_character_frac"]
        ),
        *(
            Check(f"duplicated_{n}_characters", name, max=getattr(config, f"max_{name}"))
            for n in CHINESE_DUPLICATED_SIZES
            for name in [f"duplicated_{n}_character_frac"]
        ),
        Check("too_many_marks", "characters_per_mark", min=config.min_characters_per_mark),
        Check("too_few_pauses", "characters_per_pause", max=config.max_characters_per_pause),
        Check("unpunctuated_lines", "unpunctuated_frac", max=config.max_unpunctuated_frac),
        Check("half_width_punctuation", "half_width_frac", max=config.max_half_width_frac),
        Check("too_modern", classical, min=config.min_classical_frac),
        Check("too_classical", classical, max=config.max_classical_frac),
    )


def rules_of(config: RulesConfig, names: tuple[str, ...]) -> tuple[RuleChecks, ...]:
    """Those of the rules that are on, with the checks that have a threshold."""
    checks_of = {
        "gopher_repetition": (REPETITION, gopher_repetition(config.gopher_repetition)),
        "gopher_quality": (
            WORDS,
            gopher_quality(config.gopher_quality, symbols_are_words=config.symbols_are_words),
        ),
        "characters": (CHARACTERS, characters(config.characters)),
        "chinese": (CHINESE, chinese(config.chinese)),
        "fineweb_quality": (LINES, fineweb_quality(config.fineweb_quality)),
    }
    found = []
    for name in names:
        documents = config.documents_of(name)
        if documents != "none":
            groups, checks = checks_of[name]
            used = tuple(c for c in checks if c.min is not None or c.max is not None)
            found.append(RuleChecks(name, documents, groups, used))
    return tuple(found)


def _repeated_segments(config: GopherRepetitionConfig | ChineseConfig) -> tuple[Check, ...]:
    """Paragraphs and lines that repeat, in datatrove's order."""
    names = ("dup_para_frac", "dup_para_char_frac", "dup_line_frac", "dup_line_char_frac")
    return tuple(Check(name, name, max=getattr(config, f"max_{name}")) for name in names)
