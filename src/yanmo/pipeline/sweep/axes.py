"""What a sweep varies: `key=a,b,c` and `key=low..high` in; axes and their combinations out.

Knows the keys of a recipe only to complete a short one (`d_model` for `model.d_model`). Whether a
value suits its key is found out when a recipe is resolved with it.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

_NUMBER = r"([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
_RANGE = re.compile(rf"{_NUMBER}\.\.{_NUMBER}(?::(\d+))?")
_WHOLE = re.compile(r"[+-]?\d+")
_SHORT_FOR = ("model", "pretrain", "tokenizer")
"""The sections in which a key without dots is looked for, the first one first."""
_SAYS_NOTHING = ("name", "kind")
"""Last words of keys that mean nothing without the one before."""
_LENGTHS = ("steps", "epochs", "batch_rows", "max_seq_len", "max_examples")
"""Last words of keys that say how many tokens are learned from."""
_MAX_TRIALS = 1000
_MAX_DRAWS_PER_TRIAL = 50

Settings = tuple[tuple[str, str], ...]
"""Values of one trial: pairs of a key and of what stands behind its equals sign."""


@dataclass(frozen=True)
class Axis:
    """A key and its values: those in `values`, or any from `low` to `high` where there are none."""

    key: str
    values: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    is_whole: bool = False

    @property
    def is_open(self) -> bool:
        """Whether values have to be drawn."""
        return not self.values

    @property
    def is_replicate(self) -> bool:
        """Whether its values are seeds: trials that differ in nothing else are repetitions."""
        return self.key.rpartition(".")[2] == "seed"

    @property
    def is_length(self) -> bool:
        """Whether it decides how many tokens are learned from."""
        return self.key.rpartition(".")[2] in _LENGTHS

    def draw(self, generator: np.random.Generator) -> str:
        """A value: of a list any one, of a range any one by its logarithm (Bergstra & Bengio 2012:
        random search), evenly where the range begins at zero or below."""
        if not self.is_open:
            return self.values[int(generator.integers(len(self.values)))]
        return _write(_between(self.low, self.high, float(generator.random())), self.is_whole)


def parse_words(words: Sequence[str]) -> tuple[list[Axis], list[str]]:
    """Axes, and the words that set one value for all trials.

    Raises:
        ConfigError: a range is none, a key is given twice, or nothing is varied.
    """
    axes: list[Axis] = []
    fixed: list[str] = []
    seen: set[str] = set()
    for word in words:
        typed, equals, raw = word.removeprefix("--").partition("=")
        key = complete_key(typed.strip())
        axis = _parse_axis(key, raw.strip()) if equals else None
        # Of two single values the later one wins, as everywhere.
        if key in {one.key for one in axes} or (axis is not None and key in seen):
            raise ConfigError(t("{key} is given twice", key=key), where=t("command line"))
        seen.add(key)
        if axis is not None:
            axes.append(axis)
        else:
            fixed.append(f"{key}={raw}" if equals else word)
    if not axes:
        raise ConfigError(
            t("nothing is varied"),
            where=t("command line"),
            hint=t("Give a key several values: model.d_model=32,64,128."),
        )
    return axes, fixed


def complete_key(key: str) -> str:
    """The whole key of a short one, such as `d_model`; any other as it is."""
    from yanmo.core.resolve import field_paths
    from yanmo.pipeline.recipe import Recipe

    if not key or "." in key or key in Recipe.model_fields:
        return key
    paths = field_paths(Recipe)
    for section in _SHORT_FOR:
        found = [
            path for path in paths if re.fullmatch(rf"{section}\.(.+\.)?{re.escape(key)}", path)
        ]
        if found:
            return min(found, key=lambda path: path.count("."))
    return key


def labels_of(axes: Sequence[Axis]) -> dict[str, str]:
    """A short name for each key: its last words, as many as tell it from the others."""
    labels = {}
    for axis in axes:
        parts = axis.key.split(".")
        others = [other.key for other in axes if other.key != axis.key]
        fewest = 2 if parts[-1] in _SAYS_NOTHING and len(parts) > 1 else 1
        for count in range(fewest, len(parts) + 1):
            label = ".".join(parts[-count:])
            if not any(f".{other}".endswith(f".{label}") for other in others):
                break
        labels[axis.key] = label
    return labels


def grid(axes: Sequence[Axis]) -> list[Settings]:
    """Every combination; the last axis changes fastest.

    Raises:
        ConfigError: there are more than can be meant.
    """
    count = math.prod(len(axis.values) for axis in axes)
    if count > _MAX_TRIALS:
        raise ConfigError(
            t("{count:,} combinations are more than {most:,}", count=count, most=_MAX_TRIALS),
            where=t("command line"),
            hint=t("Draw some of them: --random --trials 20."),
        )
    keys = [axis.key for axis in axes]
    return [
        tuple(zip(keys, chosen, strict=True))
        for chosen in itertools.product(*(axis.values for axis in axes))
    ]


def draw_trials(axes: Sequence[Axis], num_trials: int, seed: int) -> list[Settings]:
    """Combinations drawn at random, each once; fewer where there are not so many. Seeds are not
    drawn: every combination is repeated with each of them.

    With more trials and the same `seed` the first ones stay the same.
    """
    generator = np.random.default_rng(seed)
    drawn_axes = [axis for axis in axes if not axis.is_replicate]
    replicates = grid([axis for axis in axes if axis.is_replicate])
    drawn: dict[Settings, None] = {}
    for _ in range(_MAX_DRAWS_PER_TRIAL * num_trials):
        if len(drawn) == num_trials:
            break
        drawn[tuple((axis.key, axis.draw(generator)) for axis in drawn_axes)] = None
    return [(*settings, *repeated) for settings in drawn for repeated in replicates]


def _parse_axis(key: str, raw: str) -> Axis | None:
    """The axis that a word asks for; None where it gives one value."""
    match = _RANGE.fullmatch(raw)
    if match is None:
        values = _split(raw)
        if len(values) < 2:
            return None
        if "" in values or len(set(values)) < len(values):
            raise ConfigError(
                t("a value of {key} is empty or stands twice: {values}", key=key, values=raw[:60]),
                where=t("command line"),
            )
        return Axis(key, tuple(values))
    low, high, count = float(match[1]), float(match[2]), match[3]
    is_whole = all(_WHOLE.fullmatch(match[index]) is not None for index in (1, 2))
    if not low < high or (count is not None and int(count) < 2):
        raise ConfigError(
            t("'{text}' is no range", text=raw[:60]),
            where=key,
            hint=t("Write the lower value first: 1e-4..1e-2, or five values of it: 1e-4..1e-2:5."),
        )
    if count is None:
        return Axis(key, low=low, high=high, is_whole=is_whole)
    parts = [index / (int(count) - 1) for index in range(int(count))]
    values = [_write(_between(low, high, part), is_whole) for part in parts]
    return Axis(key, tuple(dict.fromkeys(values)))


def _between(low: float, high: float, part: float) -> float:
    if low <= 0:
        return low + part * (high - low)
    return math.exp(math.log(low) + part * (math.log(high) - math.log(low)))


def _write(value: float, is_whole: bool) -> str:
    """Four digits are enough; what is written is what runs."""
    return str(round(value)) if is_whole else f"{float(f'{value:.4g}')!r}"


def _split(raw: str) -> list[str]:
    """The parts between commas that stand outside of quotes and brackets."""
    parts, depth, quote, begin = [], 0, "", 0
    for index, character in enumerate(raw):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(raw[begin:index])
            begin = index + 1
    return [part.strip() for part in (*parts, raw[begin:])]
