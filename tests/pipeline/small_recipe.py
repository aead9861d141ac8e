"""A recipe that runs in seconds, on a folder of text."""

from __future__ import annotations

from pathlib import Path

SMALL = (
    "tokenizer.vocab_size=600",
    "model.preset=none",
    "model.depth=2",
    "model.d_model=64",
    "model.head_dim=16",
    "model.max_seq_len=64",
    "pretrain.steps=12",
    "pretrain.batch_rows=8",
    "pretrain.schedule.warmup_steps=2",
    "pretrain.sample_tokens=12",
    "pretrain.sample_every=6",
    "evaluate.max_tokens=1500",
)
"""Overrides that make the shipped recipe small."""


def sources(*paths: Path) -> str:
    """The override that reads `paths`."""
    listed = ", ".join(f"'{path}'" for path in paths)
    return (
        f'corpus.sources=[{{kind = "files", paths = [{listed}], max_document_characters = 2000}}]'
    )
