"""The changes by name, each a pure function `(text, strength, seed) -> text`.

Comes in: a text or the tokens of a tagged sentence, a strength, a seed. Goes out: the changed text,
the same on every machine. The strength is the expected share of all characters (or words) that is
changed, as far as an operator can change so many: homoglyphs of Chinese characters are few. 0
changes nothing. Knows nothing of labels, tasks or models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from yanmo.corpus.augmentation.choice import chance_of
from yanmo.corpus.augmentation.config import AugmentationConfig, Operator
from yanmo.corpus.augmentation.letters import (
    LetterChange,
    delete_characters,
    replace_homoglyphs,
    replace_similar,
    swap_characters,
    typing_noise,
)
from yanmo.corpus.augmentation.words import (
    Nearest,
    delete_words,
    replace_words,
    replaced,
    swap_words,
)
from yanmo.corpus.segmentation.chinese import Segmenter

Augmentation = Callable[[str, float, int], str]
"""`(text, strength, seed)` to the changed text."""

TokenAugmentation = Callable[[Sequence[str], float, int], tuple[str, ...]]
"""`(tokens, strength, seed)` to as many tokens, none empty, so that their tags still fit."""

_LETTER_CHANGES: dict[str, LetterChange] = {
    "typing_noise": typing_noise,
    "swap_characters": swap_characters,
    "homoglyphs": replace_homoglyphs,
    "similar_characters": replace_similar,
    "delete_characters": delete_characters,
}
_WORD_CHANGES = {"delete_words": delete_words, "swap_words": swap_words}


def augment(
    text: str,
    operator: Operator,
    strength: float,
    seed: int,
    *,
    segmenter: Segmenter | None = None,
) -> str:
    """A changed copy of `text`.

    Args:
        text: any text; Chinese is cut into words first where an operator works on words.
        operator: `typing_noise` makes slips on the keyboard, and homophones in Chinese;
            `swap_characters` exchanges neighbours within a word; `homoglyphs` puts other code
            points of the same shape; `similar_characters` puts Chinese characters that look alike;
            `delete_characters` and `delete_words` leave some out, never all; `swap_words` exchanges
            neighbouring words.
        strength: the expected share of characters or words that is changed, 0 (none) to 1.
        seed: decides which ones. The text takes part in the choice, so that the same seed does
            not mean the same places in every text.
        segmenter: what cuts Chinese into words; None takes jieba.

    White space and punctuation stay where they are; spaces that a deleted word leaves behind become
    one.
    """
    assert 0 <= strength <= 1, f"strength {strength} is not between 0 and 1"
    if strength == 0 or not text:
        return text
    chance = chance_of(text, operator, seed)
    if operator in _WORD_CHANGES:
        return _WORD_CHANGES[operator](text, strength, chance, segmenter)
    return "".join(_LETTER_CHANGES[operator](text, strength, chance))


def augment_tokens(
    tokens: Sequence[str], operator: Operator, strength: float, seed: int
) -> tuple[str, ...]:
    """Changed tokens, one for each, none of them empty.

    Only changes inside tokens are made: `delete_words` and `swap_words` would part tokens from
    their tags and leave everything as it is, and so do exchanges across the border of two tokens.

    Args:
        tokens: words or characters; none is empty.
        operator, strength, seed: as for `augment`; the strength is a share of all characters.
    """
    assert 0 <= strength <= 1, f"strength {strength} is not between 0 and 1"
    if strength == 0 or operator not in _LETTER_CHANGES:
        return tuple(tokens)
    chance = chance_of("\n".join(tokens), operator, seed)
    characters = [character for token in tokens for character in (*token, "\n")]
    after = _LETTER_CHANGES[operator](characters, strength, chance)
    changed: list[str] = []
    start = 0
    for token in tokens:
        changed.append("".join(after[start : start + len(token)]) or token)
        start += len(token) + 1
    return tuple(changed)


def synonyms(nearest: Nearest, *, segmenter: Segmenter | None = None) -> Augmentation:
    """The change that replaces words by neighbours in a space of word vectors.

    Args:
        nearest: a word to words of a similar sense; empty where it knows none.
        segmenter: what cuts Chinese into words; None takes jieba.
    """

    def change(text: str, strength: float, seed: int) -> str:
        if strength == 0 or not text:
            return text
        chance = chance_of(text, "synonyms", seed)
        return replace_words(text, strength, chance, nearest, segmenter)

    return change


def token_synonyms(nearest: Nearest) -> TokenAugmentation:
    """As `synonyms`, for tokens: each stays one token."""

    def change(tokens: Sequence[str], strength: float, seed: int) -> tuple[str, ...]:
        if strength == 0:
            return tuple(tokens)
        chance = chance_of("\n".join(tokens), "synonyms", seed)
        places = [i for i, token in enumerate(tokens) if any(c.isalnum() for c in token)]
        return tuple(replaced(tokens, places, strength, chance, nearest))

    return change


def augmented_copies(text: str, config: AugmentationConfig, seed: int) -> list[str]:
    """The changed copies of `text` that a configuration asks for, `num_copies` of them."""
    copies: list[str] = []
    for number in range(config.num_copies):
        operator = config.operators[number % len(config.operators)]
        copies.append(augment(text, operator, config.strength, seed + number))
    return copies


def _named(operator: Operator) -> Augmentation:
    def change(text: str, strength: float, seed: int) -> str:
        return augment(text, operator, strength, seed)

    return change


def _token_named(operator: Operator) -> TokenAugmentation:
    def change(tokens: Sequence[str], strength: float, seed: int) -> tuple[str, ...]:
        return augment_tokens(tokens, operator, strength, seed)

    return change


OPERATORS: tuple[Operator, ...] = (
    "typing_noise",
    "swap_characters",
    "homoglyphs",
    "similar_characters",
    "delete_characters",
    "delete_words",
    "swap_words",
)
"""All operators, in the order in which reports show them."""

AUGMENTATIONS: Mapping[str, Augmentation] = {name: _named(name) for name in OPERATORS}
"""Every change by name, for whoever may not import this package and gets it handed over."""

TOKEN_AUGMENTATIONS: Mapping[str, TokenAugmentation] = {
    name: _token_named(name) for name in OPERATORS if name in _LETTER_CHANGES
}
"""The changes that keep one token for one token."""


def perturbations_for(language: str) -> tuple[Operator, ...]:
    """The operators by which robustness is measured on texts of a language (`en`, `zh` ...)."""
    shared: tuple[Operator, ...] = ("typing_noise", "swap_characters", "homoglyphs", "delete_words")
    return (*shared[:3], "similar_characters", *shared[3:]) if language == "zh" else shared
