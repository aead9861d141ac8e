"""Which runs a scaling experiment makes, and which larger run it speaks of.

Comes in: the user's depths and numbers of tokens, and a recipe. Goes out: points, each with the
recipe of its size. A size is a depth: the width follows it, as everywhere (`models.presets`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.models.build import count_params
from yanmo.pipeline.compare.budget import parse_budget
from yanmo.pipeline.compare.names import known_names
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.scaling.law import MIN_RUNS

COMPUTE_FACTOR = 4.0
"""The run that is predicted takes so many times the FLOPs of the largest that was made."""
_WIDTHS = ("d_model", "num_heads", "num_kv_heads", "head_dim", "d_ff")


@dataclass(frozen=True)
class Point:
    """A run: its name, depth, parameters, training tokens and training FLOPs, and its recipe."""

    name: str
    depth: int
    num_params: int
    tokens: float
    flops: float
    recipe: Recipe


def parse_sizes(text: str) -> list[int]:
    """Depths such as `1,2,3`, smallest first.

    Raises:
        ConfigError: they are no whole numbers from 1 to 99, or fewer than two.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if any(not re.fullmatch(r"[1-9]\d?", word) for word in words) or len(set(words)) < 2:
        raise ConfigError(
            t("'{text}' are no sizes", text=text[:60]),
            where="--sizes",
            hint=t("Write depths with commas between them, two at least: 1,2,3."),
        )
    return sorted({int(word) for word in words})


def parse_lengths(text: str) -> list[float]:
    """Numbers of tokens such as `150k,300k,600k`, smallest first.

    Raises:
        ConfigError: they are no numbers, or fewer than two.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    lengths = sorted({parse_budget(f"{word}tok").amount for word in words})
    if len(lengths) < 2:
        raise ConfigError(
            t("the law needs runs of two lengths at least"),
            where="--tokens",
            hint=t("Write numbers of tokens with commas between them: 150k,300k,600k."),
        )
    return lengths


def build_points(recipe: Recipe, sizes: Sequence[int], lengths: Sequence[float]) -> list[Point]:
    """Every size at every length.

    Raises:
        ConfigError: there are too few runs to fit five numbers to, or the family is no language
            model.
    """
    if recipe.model.family not in known_names():
        raise ConfigError(
            t(
                "{name} is no language model whose loss on a whole text is known",
                name=recipe.model.family,
            ),
            where="model.family",
            hint=t("These can: {names}.", names=listed(known_names()[1:])),
        )
    points = [build_point(recipe, depth, tokens) for depth in sizes for tokens in lengths]
    if len(points) < MIN_RUNS:
        raise ConfigError(
            t(
                "{runs} {runs:run does|runs do} not decide the five numbers of the law",
                runs=len(points),
            ),
            where="--sizes, --tokens",
            hint=t("Give sizes and lengths that make {runs} at least.", runs=MIN_RUNS),
        )
    return points


def build_point(recipe: Recipe, depth: int, tokens: float) -> Point:
    """One run: the recipe with another depth, and everything that follows from it."""
    values: dict[str, Any] = recipe.model_dump(mode="json")
    values["model"] |= {"depth": depth, "preset": None} | dict.fromkeys(_WIDTHS)
    sized = Recipe.model_validate(values)
    shape = derive_shape(sized, sized.tokenizer.vocab_size).config
    batch_tokens = sized.pretrain.batch_rows * shape.max_seq_len
    whole = max(1, round(tokens / batch_tokens)) * batch_tokens
    return Point(
        name=f"depth{depth}-{whole // 1000}k",
        depth=depth,
        num_params=count_params(shape),
        tokens=float(whole),
        flops=float(shape.flops_per_token()) * whole,
        recipe=sized,
    )


def build_target(recipe: Recipe, points: Sequence[Point], depth: int | None = None) -> Point:
    """The run that is predicted: `COMPUTE_FACTOR` times the FLOPs of the largest of `points`.

    Args:
        depth: of its model; unless given, the one whose FLOPs a token are nearest to the square
            root of the factor times those of the largest, so that size and length grow alike.
    """
    largest = max(points, key=lambda point: point.flops)
    wanted = COMPUTE_FACTOR**0.5 * largest.flops / largest.tokens
    depths = [depth] if depth is not None else range(largest.depth, 2 * largest.depth + 3)
    candidates = [build_point(recipe, each, largest.tokens) for each in depths]
    nearest = min(candidates, key=lambda point: abs(point.flops / point.tokens - wanted))
    tokens = COMPUTE_FACTOR * largest.flops / (nearest.flops / nearest.tokens)
    return build_point(recipe, nearest.depth, tokens)
