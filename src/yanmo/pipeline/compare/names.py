"""Which models are compared: the words of the user, as candidates.

Comes in: names such as `gpt`, `lstm` or `3gram`. Goes out: candidates, each once, or an error that
says why a name cannot take part. Knows the families by name only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.models.config import RECURRENT_SEQ2SEQ_FAMILIES, Family

DEFAULT_MODELS = "ngram,ffn,rnn,lstm,gru,cnn,gpt2,qwen3"
DEFAULT_ORDER = 4
MAX_ORDER = 8
ALIASES = {"gpt": "gpt2"}
_NGRAM = re.compile(r"([1-9])-?gram")


@dataclass(frozen=True)
class Candidate:
    """One model of a comparison.

    Attributes:
        name: of its folder, and in tables.
        kind: how it learns: by gradients, or by counting.
        family: of a neural model.
        order: longest n-gram of a counting one.
    """

    name: str
    kind: Literal["neural", "ngram"]
    family: Family | None = None
    order: int | None = None


def parse_models(names: Sequence[str], *, baseline_order: int | None) -> tuple[Candidate, ...]:
    """The candidates that `names` stand for, each once, in their order.

    Args:
        baseline_order: what `ngram` means: `evaluate.baseline_order` of the recipe, 4 where that
            is None.

    Raises:
        ConfigError: a name is unknown, or its model gives no probability to a whole text.
    """
    words = [name.strip().lower() for name in names if name.strip()]
    if not words:
        raise ConfigError(t("no model is named"), where="--models")
    candidates = [_parse(word, baseline_order or DEFAULT_ORDER) for word in words]
    return tuple(dict.fromkeys(candidates))


def _parse(word: str, baseline_order: int) -> Candidate:
    if word == "ngram":
        word = f"{baseline_order}gram"
    if (found := _NGRAM.fullmatch(word)) and int(found[1]) <= MAX_ORDER:
        return Candidate(f"{found[1]}gram", "ngram", order=int(found[1]))
    family = ALIASES.get(word, word)
    if family not in get_args(Family):
        raise _unknown(word)
    if reason := _reason_against(family):
        raise ConfigError(
            t("{name} cannot be compared with language models", name=family),
            where="--models",
            why=reason,
            hint=t("These can: {names}.", names=listed(known_names())),
        )
    return Candidate(family, "neural", family=cast(Family, family))


def known_names() -> list[str]:
    """The names that can be compared; those with an order, such as `3gram`, are left out."""
    return ["ngram", *(name for name in get_args(Family) if not _reason_against(name))]


def _reason_against(family: str) -> str | None:
    """Why models of a family give no probability to a whole text; None where they do."""
    if family in ("bert", "roberta"):
        return t("it fills hidden tokens of a text that it sees from both sides")
    if family == "glm":
        return t("it writes the blanks of a text whose rest it sees")
    if family in ("t5", "marian") or family in RECURRENT_SEQ2SEQ_FAMILIES:
        return t("it writes a target for a source; a text alone has none")
    return None


def _unknown(word: str) -> ConfigError:
    known = known_names()
    suggestion = closest(word, [*known, *ALIASES])
    hint = t("There are: {names}.", names=listed(known))
    if re.fullmatch(r"\d+-?gram", word):
        hint = t("There are 1gram to {largest}gram.", largest=MAX_ORDER)
    elif suggestion:
        hint = t("Did you mean '{name}'?", name=suggestion)
    return ConfigError(t("unknown model '{name}'", name=word[:60]), where="--models", hint=hint)
