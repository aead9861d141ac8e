"""A training job small enough to run in a second: real shards, a tiny model, plain settings."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch

from yanmo.core.console import Console
from yanmo.models import build
from yanmo.models.decoder import Decoder
from yanmo.models.families.kinds import FAMILY_KINDS
from yanmo.models.transformer_config import TransformerConfig
from yanmo.tokens.rows import PackedRows
from yanmo.tokens.shard_writer import ShardWriter
from yanmo.tokens.token_split import TokenSplit
from yanmo.training.config import PretrainConfig, ScheduleConfig
from yanmo.training.data import TrainingData
from yanmo.training.job import TrainingJob
from yanmo.training.objectives.causal import CausalObjective

VOCAB_SIZE = 64
EOT, PAD = 62, 63
ROW_TOKENS = 32
CPU = torch.device("cpu")


def write_tokens(directory: Path, *, seed: int = 0) -> None:
    """Two splits of documents in which each token follows from the one before, with some noise."""
    generator = np.random.default_rng(seed)
    for split, num_documents in (("train", 60), ("validation", 8)):
        writer = ShardWriter(directory, split, VOCAB_SIZE, 500)
        for _ in range(num_documents):
            length = int(generator.integers(5, 90))
            ids = [EOT]
            for _ in range(length):
                jump = 1 if generator.random() < 0.9 else int(generator.integers(60))
                ids.append((ids[-1] * 7 + jump) % 60)
            counts = np.array([len(ids)])
            writer.add(np.array(ids, dtype=np.uint32), counts, 3 * counts)
        writer.close()


def load_data(directory: Path) -> TrainingData:
    """Packed rows over what `write_tokens` wrote."""
    splits = {name: TokenSplit(directory, name, VOCAB_SIZE) for name in ("train", "validation")}
    rows = {name: PackedRows(split, ROW_TOKENS, EOT, PAD) for name, split in splits.items()}
    return TrainingData(
        train=rows["train"],
        validation=rows["validation"],
        bytes_per_token=3.0,
        objective=CausalObjective(),
    )


def build_model(*, dropout: float = 0.0, seed: int = 0) -> Decoder:
    """A two-layer qwen3."""
    config = TransformerConfig(
        family="qwen3",
        vocab_size=VOCAB_SIZE,
        max_seq_len=ROW_TOKENS,
        d_model=32,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        num_kv_heads=2,
        head_dim=8,
        dropout=dropout,
        tie_embeddings=True,
        rope_theta=10000.0,
        **FAMILY_KINDS["qwen3"],
    )
    return build.build_model(config, CPU, seed)


def build_config(**fields: Any) -> PretrainConfig:
    """Twelve steps of eight rows, checkpointed every four; any field may be replaced."""
    defaults: dict[str, Any] = {
        "steps": 12,
        "batch_rows": 8,
        "schedule": ScheduleConfig(warmup_steps=2),
        "checkpoint_every": 4,
        "validate_every": 6,
        "sample_every": 6,
    }
    return PretrainConfig(**(defaults | fields))


def build_job(
    directory: Path, data: TrainingData, config: PretrainConfig, *, dropout: float = 0.0
) -> TrainingJob:
    """A job that samples a constant."""
    model = build_model(dropout=dropout)
    directory.mkdir(parents=True, exist_ok=True)
    return TrainingJob(
        model=model,
        objective=data.objective,
        data=data,
        config=config,
        directory=directory,
        device=CPU,
        dtype=torch.float32,
        flops_per_token=model.flops_per_token(),
        write_samples=lambda step, _state: [{"prompt": "一", "text": f"{step}"}],
    )


def silent_console() -> Console:
    """A console that writes nowhere."""
    return Console(io.StringIO())


def weights(job: TrainingJob) -> dict[str, torch.Tensor]:
    """A copy of the model's parameters."""
    return {name: p.detach().clone() for name, p in job.model.named_parameters()}
