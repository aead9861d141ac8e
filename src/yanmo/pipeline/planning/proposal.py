"""Which size of model a budget of time and memory allows, and why.

Comes in: a recipe, seconds and bytes. Goes out: the presets with what each would come to, and the
one that is proposed: the largest that fits and that still sees enough text (Hoffmann et al. 2022:
20 tokens for each parameter; half of that is taken as enough, since a smaller model is also the
cheaper one to use). Speed comes from one probe of the smallest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.models.presets import DEPTH_OF_PRESET
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.planning.machine_memory import machine_memory_bytes, training_bytes
from yanmo.pipeline.planning.probe import run_probe
from yanmo.pipeline.recipe import Recipe

ENOUGH_TOKENS_PER_PARAMETER = 10.0
_WIDTHS = ("d_model", "num_heads", "num_kv_heads", "head_dim", "d_ff")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt])(i?)b?", re.IGNORECASE)
_POWER = {"k": 1, "m": 2, "g": 3, "t": 4}


@dataclass(frozen=True)
class Option:
    """A preset under the budget: bytes it needs, tokens and steps that there is time for."""

    preset: str
    num_params: int
    memory_bytes: int
    tokens: float
    steps: int
    fits: bool

    @property
    def tokens_per_parameter(self) -> float:
        """How much text each parameter would see."""
        return self.tokens / self.num_params


@dataclass(frozen=True)
class Proposal:
    """Every preset, the one that is proposed, and the reason in a sentence."""

    options: tuple[Option, ...]
    chosen: Option
    why: str
    settings: str


def parse_memory(text: str) -> int:
    """Read `8GB`, `512M` or `16 GiB`; GB are 10^9 bytes and GiB 2^30.

    Raises:
        ConfigError: it is none of these.
    """
    found = _SIZE.fullmatch(text.strip())
    if not found or float(found[1]) <= 0:
        raise ConfigError(
            t("'{text}' is no size of memory", text=text[:60]),
            where="--ram",
            hint=t("Write 8GB, 512MB or 16GiB."),
        )
    base = 1024 if found[3] else 1000
    return int(float(found[1]) * base ** _POWER[found[2].lower()])


def propose(recipe: Recipe, seconds: float, memory_bytes: int | None) -> Proposal:
    """The preset for `seconds` of training within `memory_bytes` (the machine's when None).

    Raises:
        ConfigError: not even the smallest fits.
    """
    limit = memory_bytes if memory_bytes is not None else machine_memory_bytes()
    sized = {name: _with_preset(recipe, name) for name in DEPTH_OF_PRESET}
    smallest = next(iter(sized.values()))
    rows = smallest.pretrain.micro_batch_rows or smallest.pretrain.batch_rows
    trial = run_probe(smallest, [rows]).trials[-1]
    shape = derive_shape(smallest, smallest.tokenizer.vocab_size).config
    flops_per_s = shape.flops_per_token() * rows * shape.max_seq_len / trial.step_s
    options = [_option(name, each, seconds, limit, flops_per_s) for name, each in sized.items()]
    return choose(options, limit)


def choose(options: Sequence[Option], limit: int) -> Proposal:
    """The largest option that fits and sees enough text; of those that see too little the smallest.

    Raises:
        ConfigError: none fits.
    """
    fitting = [option for option in options if option.fits]
    if not fitting:
        raise ConfigError(
            t(
                "not even {preset} fits: it needs {needed:.1f} GiB of {there:.1f}",
                preset=options[0].preset,
                needed=options[0].memory_bytes / 2**30,
                there=limit / 2**30,
            ),
            where="--ram",
            hint=t("Lower pretrain.micro_batch_rows or model.max_seq_len."),
        )
    enough = [o for o in fitting if o.tokens_per_parameter >= ENOUGH_TOKENS_PER_PARAMETER]
    chosen = enough[-1] if enough else fitting[0]
    return Proposal(
        options=tuple(options),
        chosen=chosen,
        why=_reason(options, chosen, has_enough=bool(enough)),
        settings=f"model.preset={chosen.preset} pretrain.steps={chosen.steps}",
    )


def format_proposal(proposal: Proposal) -> str:
    """The presets as a table, the reason, and the settings to run with."""
    lines = [
        t("preset   parameters   memory      tokens   tokens a parameter"),
        *(
            f"{'>' if option is proposal.chosen else ' '}{option.preset:7}"
            f"{option.num_params:12,} {option.memory_bytes / 2**20:6,.0f} MiB"
            f"{option.tokens:12,.0f} {option.tokens_per_parameter:12.1f}"
            f"{'' if option.fits else '  ' + t('does not fit')}"
            for option in proposal.options
        ),
        "",
        proposal.why,
        proposal.settings,
    ]
    return "\n".join(lines)


def _reason(options: Sequence[Option], chosen: Option, *, has_enough: bool) -> str:
    if not has_enough:
        return t(
            "{preset}, the smallest: even it sees {ratio:.1f} tokens for each parameter, and 20"
            " are the best use of compute (Hoffmann et al. 2022). More time would help most.",
            preset=chosen.preset,
            ratio=chosen.tokens_per_parameter,
        )
    said = t(
        "{preset}: there is time for {ratio:.1f} tokens for each parameter, where 20 are the best"
        " use of compute (Hoffmann et al. 2022).",
        preset=chosen.preset,
        ratio=chosen.tokens_per_parameter,
    )
    larger = options[list(options).index(chosen) + 1 :]
    if not larger:
        return said
    following = larger[0]
    if not following.fits:
        return f"{said} " + t("{preset} does not fit into memory.", preset=following.preset)
    return f"{said} " + t(
        "{preset} would see {ratio:.1f} only.",
        preset=following.preset,
        ratio=following.tokens_per_parameter,
    )


def _option(name: str, recipe: Recipe, seconds: float, limit: int, flops_per_s: float) -> Option:
    from yanmo.models.build import count_params

    shape = derive_shape(recipe, recipe.tokenizer.vocab_size).config
    memory = training_bytes(shape, recipe.pretrain)
    tokens = seconds * flops_per_s / shape.flops_per_token()
    steps = max(1, int(tokens // (recipe.pretrain.batch_rows * shape.max_seq_len)))
    return Option(name, count_params(shape), memory, tokens, steps, memory <= limit)


def _with_preset(recipe: Recipe, preset: str) -> Recipe:
    values: dict[str, Any] = recipe.model_dump(mode="json")
    values["model"] |= {"preset": preset, "depth": None} | dict.fromkeys(_WIDTHS)
    return Recipe.model_validate(values)
