"""How much text a recipe will have, before it has been read: bytes and tokens, as far as is known.

Comes in: a recipe and the folder of its run. Goes out: a `Volume`. What has been counted is taken
from manifests; the rest from the sizes of files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from yanmo.core.errors import DataError
from yanmo.core.manifest import read_manifest
from yanmo.pipeline.recipe import Recipe

BYTES_PER_TOKEN = 3.35
"""Of small vocabularies on English and on Chinese: 3.2 to 3.5 in the shipped recipes."""


@dataclass(frozen=True)
class Volume:
    """Bytes of text, tokens to train on and to validate on; None where nothing is known.

    `is_counted`: the tokens are there. `has_chinese`: as the recipe says.
    """

    text_bytes: int | None
    train_tokens: int | None
    validation_tokens: int | None
    is_counted: bool
    has_chinese: bool


def estimate_volume(recipe: Recipe, run_dir: Path) -> Volume:
    """The text of `recipe`."""
    has_chinese = _has_chinese(recipe)
    text_bytes = _bytes_of_sources(recipe)
    manifest = read_manifest(run_dir / "tokens")
    if manifest is not None and "trained" in manifest.counts:
        counts = manifest.counts
        return Volume(
            text_bytes, int(counts["trained"]), int(counts["validation"]), True, has_chinese
        )
    if text_bytes is None:
        return Volume(None, None, None, False, has_chinese)
    tokens = text_bytes / BYTES_PER_TOKEN
    split = recipe.corpus.split
    held_out = split.validation_frac + split.test_frac
    return Volume(
        text_bytes,
        int(tokens * (1 - held_out)),
        int(tokens * split.validation_frac),
        False,
        has_chinese,
    )


def _bytes_of_sources(recipe: Recipe) -> int | None:
    """Sizes of the files of all sources, none more than it may give; None where one is missing."""
    from yanmo.corpus.sources.kinds import fingerprint_source

    target = getattr(recipe.corpus.mixture, "target_bytes", None)
    if target is not None:
        return int(target)
    total = 0
    for source in recipe.corpus.sources:
        most = getattr(source, "max_bytes", None)
        size = 0
        try:
            for line in fingerprint_source(source):
                fields = line.split("\t")
                size += int(fields[1]) if len(fields) > 1 and fields[1].isdigit() else 0
        except DataError:
            return None
        total += min(size, most) if most is not None and size else (most or size)
    return total or None


def _has_chinese(recipe: Recipe) -> bool:
    kept = recipe.corpus.language.keep if recipe.corpus.language is not None else None
    if kept is not None and "zh" in kept:
        return True
    return any(getattr(source, "language", None) == "zh" for source in recipe.corpus.sources)
