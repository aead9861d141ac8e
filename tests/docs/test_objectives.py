"""The examples on the page of the objectives are what the objectives make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.docs.pages import REPOSITORY, read_blocks
from tests.training.objectives.small_split import (
    EOP,
    EOT,
    FIM_MIDDLE,
    FIM_PREFIX,
    FIM_SUFFIX,
    MASK,
    NUM_TEXT_IDS,
    PAD,
    SENTINELS,
    SEP,
    SOP,
    SPECIAL,
    source,
    write_split,
)

from yanmo.training.config import PretrainConfig
from yanmo.training.objectives.build import build_objective
from yanmo.training.objectives.objective import NumpyBatch, row_generators
from yanmo.training.objectives.span_corruption import pairs_to_batch

PAGE = REPOSITORY / "docs" / "en" / "objectives.md"
TEXTS = (
    "The sun goes down behind the hills and the river runs to the sea .",
    "Ink is ground on a wet stone before a brush is dipped into it .",
)
PAIR = ("The sun goes down .", "Die Sonne geht unter .")
MARKS = {
    EOT: "<|endoftext|>",
    MASK: "<|mask|>",
    SEP: "<|sep|>",
    FIM_PREFIX: "<|fim_prefix|>",
    FIM_MIDDLE: "<|fim_middle|>",
    FIM_SUFFIX: "<|fim_suffix|>",
    SOP: "<|sop|>",
    EOP: "<|eop|>",
    PAD: "<|pad|>",
    **{id: f"<|extra_{number}|>" for number, id in enumerate(SENTINELS)},
}
SETTINGS: dict[str, tuple[str, dict[str, object], int]] = {
    "causal": ("causal", {}, 0),
    "masked": ("masked", {}, 2),
    "next_sentence": ("masked", {"masked": {"has_next_sentence": True}}, 4),
    "span_corruption": (
        "span_corruption",
        {"span_corruption": {"noise_frac": 0.3, "mean_span_tokens": 2.0}},
        2,
    ),
    "blank_infilling": (
        "blank_infilling",
        {"blank_infilling": {"masked_frac": 0.3, "generation_prob": 0.0}},
        1,
    ),
    "prefix": ("prefix", {}, 2),
    "infilling": ("infilling", {"infilling": {"fim_prob": 1.0, "spm_prob": 0.0}}, 1),
}
"""By example: the objective, its settings, and a seed that shows something."""


def example(name: str, directory: Path) -> str:
    """The arrays of the first text, in words, as the page shows them."""
    objective_name, fields, seed = SETTINGS[name]
    words = sorted({word for text in TEXTS for word in text.split()})
    split = write_split(directory, [[words.index(w) for w in text.split()] for text in TEXTS])
    config = PretrainConfig.model_validate({"objective": objective_name, **fields})
    objective = build_objective(objective_name, config, SPECIAL, max_seq_len=32)  # type: ignore[arg-type]
    rows = objective.build_rows(split, source(32))
    generators = row_generators(seed, np.zeros(1, np.int64), np.zeros(1, np.int64))
    batch = objective.make_batch(rows, np.zeros(1, np.int64), generators)
    names = {id: words[id % len(words)] for id in range(NUM_TEXT_IDS)} | MARKS | {-100: "·"}
    return "\n".join(lines_of(batch, names))


def lines_of(batch: NumpyBatch, names: dict[int, str]) -> list[str]:
    """One line for each array that holds tokens or marks of them."""
    is_first = np.ones(batch["tokens"].shape[1], np.bool_)
    if "document_ids" in batch:
        is_first = batch["document_ids"][0] == 0
    lines = []
    if "source_tokens" in batch:
        lines.append("source  " + " ".join(names[id] for id in batch["source_tokens"][0].tolist()))
    for name in ("tokens", "labels"):
        ids = batch[name][0][is_first].tolist()
        lines.append(f"{name}  " + " ".join(names[id] for id in ids))
    for name in ("positions", "block_positions"):
        if "block_positions" in batch:
            numbers = batch[name][0][is_first].tolist()
            lines.append(f"{name}  " + " ".join(map(str, numbers)))
    if "is_prefix" in batch:
        lines.append(f"prefix  {int(batch['is_prefix'][0][is_first].sum())} tokens")
    if "is_next" in batch:
        lines.append(f"is_next  {int(batch['is_next'][0])}")
    return lines


def pair_example() -> str:
    """A pair of lines as an encoder-decoder takes it."""
    words = ["The", "sun", "goes", "down", ".", "Die", "Sonne", "geht", "unter"]
    ids = {word: id for id, word in enumerate(words)}
    sides = [[*(ids[w] for w in text.split()), EOT] for text in PAIR]
    batch = pairs_to_batch([(np.array(sides[0]), np.array(sides[1]))], PAD, PAD)
    return "\n".join(lines_of(batch, dict(enumerate(words)) | MARKS))


@pytest.mark.parametrize("name", [*SETTINGS, "seq2seq"])
def test_the_example_is_what_the_objective_makes(name: str, tmp_path: Path) -> None:
    blocks = [block.text.strip() for block in read_blocks(PAGE.read_text(encoding="utf-8"))]
    assert (pair_example() if name == "seq2seq" else example(name, tmp_path)) in blocks
