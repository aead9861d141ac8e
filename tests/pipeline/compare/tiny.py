"""A recipe whose models train in seconds, for comparisons."""

from __future__ import annotations

import random
from pathlib import Path

from yanmo.core.console import Console
from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.splits.config import SplitConfig
from yanmo.evaluation.config import EvaluateConfig
from yanmo.models.config import ModelConfig
from yanmo.pipeline.recipe import Recipe
from yanmo.tokens.config import TokenizerConfig
from yanmo.training.config import PretrainConfig, ScheduleConfig

QUIET = Console(is_quiet=True)
BATCH_TOKENS = 4 * 32


def write_text(path: Path) -> Path:
    """A text whose words follow each other by a rule, so that there is something to learn."""
    generator = random.Random(0)
    words = [
        "".join(generator.choices("abcdefgh研墨", k=generator.randint(2, 6))) for _ in range(300)
    ]
    paragraphs = []
    for _ in range(400):
        index = generator.randrange(300)
        chosen = []
        for _ in range(30):
            chosen.append(words[index])
            index = (3 * index + generator.choice((1, 1, 5, 7, 11))) % 300
        paragraphs.append(" ".join(chosen))
    path.write_text("\n\n".join(paragraphs), encoding="utf-8")
    return path


def tiny_recipe(text: Path) -> Recipe:
    """A recipe on `text` for models of one layer."""
    return Recipe(
        name="tiny",
        corpus=CorpusConfig(
            sources=[FilesSource(paths=[str(text)], max_document_characters=300)],
            split=SplitConfig(validation_frac=0.1, test_frac=0.1),
        ),
        tokenizer=TokenizerConfig(vocab_size=320),
        model=ModelConfig(depth=1, d_model=32, max_seq_len=32),
        pretrain=PretrainConfig(
            batch_rows=4, schedule=ScheduleConfig(warmup_steps=3), precision="float32"
        ),
        evaluate=EvaluateConfig(baseline_order=3, max_tokens=600),
    )
