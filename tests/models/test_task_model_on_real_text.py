"""Task models learn from published data in two languages: tags of Chinese resumes by a recurrent
network with a chain, and the mood of English reviews by a recurrent and a convolutional one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from yanmo.models.convolution_config import TextCNNConfig
from yanmo.models.recurrent_config import RecurrentEncoderConfig
from yanmo.models.recurrent_encoder import BidirectionalRecurrent
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.models.text_cnn import TextCNN
from yanmo.tasks.build import open_task
from yanmo.tasks.kinds.classification import ClassificationConfig
from yanmo.tasks.kinds.entities import EntitiesConfig

pytestmark = pytest.mark.slow
ROWS_PER_STEP = 16
Row = tuple[torch.Tensor, torch.Tensor]


def batch_of(rows: Sequence[Row]) -> dict[str, torch.Tensor]:
    tokens = nn.utils.rnn.pad_sequence([ids for ids, _ in rows], batch_first=True)
    lengths = torch.tensor([len(ids) for ids, _ in rows])
    mask = torch.arange(tokens.shape[1])[None] < lengths[:, None]
    targets = [target for _, target in rows]
    labels = (
        nn.utils.rnn.pad_sequence(targets, batch_first=True, padding_value=-100)
        if targets[0].ndim
        else torch.stack(targets)
    )
    return {"tokens": tokens, "mask": mask, "labels": labels}


def learn(model: TaskModel, rows: Sequence[Row], num_passes: int, rate: float) -> None:
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    model.train()
    for _ in range(num_passes):
        for part in torch.randperm(len(rows), generator=generator).split(ROWS_PER_STEP):
            batch = batch_of([rows[place] for place in part.tolist()])
            loss = model(**batch).loss_sum / (batch["labels"] != -100).sum()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    model.eval()


def numbered(texts: Sequence[Sequence[str]]) -> Callable[[Sequence[str]], torch.Tensor]:
    tokens = sorted({token for text in texts for token in text})
    vocabulary = {token: 2 + place for place, token in enumerate(tokens)}
    return lambda tokens: torch.tensor([vocabulary.get(token, 1) for token in tokens])


def recurrent(vocab_size: int) -> BidirectionalRecurrent:
    config = RecurrentEncoderConfig(vocab_size=vocab_size, d_hidden=100, dropout=0.3)
    network = BidirectionalRecurrent(config)
    network.init_weights(0)
    return network


def text_cnn(vocab_size: int) -> TextCNN:
    network = TextCNN(TextCNNConfig(vocab_size=vocab_size, num_classes=0, d_model=50))
    network.init_weights(0)
    return network


def test_a_tagger_learns_the_entities_of_chinese_resumes(shared_data: Path) -> None:
    metrics = pytest.importorskip("seqeval.metrics")
    folder = shared_data / "ner" / "resume-zh"
    section = {"kind": "entities", "dataset": "resume_zh", "folder": str(folder)}
    task = open_task("entities", EntitiesConfig.model_validate(section), folder)
    train, held_out = (
        [example for example in task.examples(split) if len(example.tokens) <= 40][:320]
        for split in ("train", "validation")
    )
    number = numbered([example.tokens for example in train])

    def rows(examples: Sequence[Any]) -> list[Row]:
        tags = [torch.tensor([task.labels.index(tag) for tag in one.tags]) for one in examples]
        return [(number(one.tokens), tag) for one, tag in zip(examples, tags, strict=True)]

    model = TaskModel(recurrent(4000), [HeadSpec("e", "tagging", task.labels, has_crf=True)])
    model.init_heads(0)
    learn(model, rows(train), num_passes=4, rate=8e-3)
    batch = batch_of(rows(held_out))
    with torch.no_grad():
        found = model(batch["tokens"], mask=batch["mask"]).scores
    tags = model.decode_tags(found, batch["mask"])
    named = [[task.labels[tag] for tag in row if tag >= 0] for row in tags.tolist()]
    assert metrics.f1_score([list(example.tags) for example in held_out], named) > 0.5


@pytest.mark.parametrize("build", [recurrent, text_cnn])
def test_a_classifier_learns_the_mood_of_english_reviews(
    build: Callable[[int], Any], shared_data: Path
) -> None:
    folder = shared_data / "classification" / "sst"
    section = {"kind": "classification", "dataset": "sst", "folder": str(folder)}
    task = open_task("mood", ClassificationConfig.model_validate(section), folder)
    train, held_out = (
        list(task.examples(split))[:limit] for split, limit in (("train", 1000), ("test", 400))
    )
    number = numbered([example.text.split() for example in train])

    def rows(examples: Sequence[Any]) -> list[Row]:
        return [
            (number(one.text.split()), torch.tensor(task.labels.index(one.label)))
            for one in examples
        ]

    model = TaskModel(build(12000), [HeadSpec("mood", "classification", task.labels)])
    model.init_heads(0)
    learn(model, rows(train), num_passes=3, rate=3e-3)
    batch = batch_of(rows(held_out))
    with torch.no_grad():
        best = model(batch["tokens"], mask=batch["mask"]).scores.argmax(1)
    accuracy = (best == batch["labels"]).float().mean().item()
    assert accuracy > 0.6
