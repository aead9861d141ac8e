"""What pre-training on hidden tokens gives a classifier that has few labelled texts.

A small BERT learns to fill in hidden tokens of texts without labels: the training texts of the task
and other text of the language. Then the same classifier is trained on a few hundred labelled texts,
beginning once with what the encoder has learned and once from scratch, with the same steps; and a
convolutional network (Kim 2014) beside them. Printed is the accuracy on the published test set,
mean and spread over seeds; a seed decides the labelled texts, the initial weights and the order.

    python bench/pretraining_helps.py /path/to/data
    python bench/pretraining_helps.py /path/to/data --tasks zh --tune

Learning rates were chosen on the development set by `--tune`, for each of the three by itself.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from yanmo.core.console import Console
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.convolution_config import TextCNNConfig
from yanmo.models.encoder import Encoder
from yanmo.models.presets import derive_model
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.models.text_cnn import TextCNN
from yanmo.tokens.build import TextBatch, store_tokens
from yanmo.tokens.config import TokensConfig
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer
from yanmo.training.config import AdamWConfig, MuonConfig, PretrainConfig, ScheduleConfig
from yanmo.training.data import TrainingData, build_training_data
from yanmo.training.job import Progress, TrainingJob
from yanmo.training.loop import train
from yanmo.training.objective_config import MaskedConfig
from yanmo.training.objectives.classification import ClassificationLoss
from yanmo.training.objectives.objective import Rows, pad_rows

CPU = torch.device("cpu")
VOCAB_SIZE = 4096
MODEL: dict[str, Any] = {"family": "bert", "depth": 2, "d_model": 128, "num_heads": 4}
PRETRAIN_TOKENS = 1024
"""Tokens of a step; as many rows as they fill."""
MASK_PROB = 0.3
"""Twice the usual share: a short training learns more from more targets (Wettig et al. 2023)."""
DROPOUT = 0.1
"""Of the classifiers. Pre-training has none: what it hides is drawn anew each time."""
NUM_LABELLED = 500
CLASSIFY_STEPS = 100
CLASSIFY_ROWS = 32
EVERY_FIFTIETH = 50
"""One text in so many is held out from pre-training, to see that it learns."""


@dataclass(frozen=True)
class Example:
    """A text and its class."""

    text: str
    label: int


@dataclass(frozen=True)
class Task:
    """Labelled texts by split, other text of the language, and how long a row is."""

    name: str
    train: list[Example]
    dev: list[Example]
    test: list[Example]
    more_texts: list[str]
    max_seq_len: int


def load_chinese(data: Path) -> Task:
    """Reviews of hotels, books and computers; CLUECorpusSmall's sample of web text beside them."""
    folder = data / "classification" / "chnsenticorp"

    def examples(text: str) -> list[Example]:
        lines = text.splitlines()[1:]
        pairs = [line.split("\t", 1) for line in lines if "\t" in line]
        return [Example(text, int(label)) for label, text in pairs]

    web = data / "text" / "clue-corpus-small" / "CLUECorpusSmall_sampled.txt.gz"
    return Task(
        name="zh: ChnSentiCorp",
        train=examples(gzip.decompress((folder / "train.tsv.gz").read_bytes()).decode()),
        dev=examples((folder / "dev.tsv").read_text(encoding="utf-8")),
        test=examples((folder / "test.tsv").read_text(encoding="utf-8")),
        more_texts=gzip.decompress(web.read_bytes()).decode().splitlines(),
        max_seq_len=96,
    )


def load_english(data: Path) -> Task:
    """Sentences of film reviews, three times, since they are few; web text beside them."""
    folder = data / "classification" / "sst"

    def examples(split: str) -> list[Example]:
        lines = (folder / f"stsa.binary.{split}").read_text(encoding="utf-8").splitlines()
        return [Example(line[2:], int(line[0])) for line in lines]

    web = (data / "text" / "c4-demo" / "c4_demo.jsonl").read_text(encoding="utf-8")
    pages = [json.loads(line)["text"].lower() for line in web.splitlines()]
    paragraphs = [line for page in pages for line in page.splitlines() if len(line) > 80]
    train = examples("train")
    return Task(
        name="en: SST-2",
        train=train,
        dev=examples("dev"),
        test=examples("test"),
        more_texts=[example.text for example in train] * 2 + paragraphs,
        max_seq_len=48,
    )


TASKS: dict[str, Callable[[Path], Task]] = {"zh": load_chinese, "en": load_english}


class LabelledRows:
    """Texts as rows of ids, each beginning as a document does and cut at the model's length."""

    def __init__(self, examples: Sequence[Example], tokenizer: Tokenizer, limit: int) -> None:
        encoded = [
            tokenizer.encode(example.text, add_special_tokens=True)[:limit] for example in examples
        ]
        self.ids = [np.array(ids, dtype=np.int64) for ids in encoded]
        self.labels = np.array([example.label for example in examples], dtype=np.int64)
        self.num_rows = len(examples)


class Classification(ClassificationLoss):
    """The loss of classes, with the batches that it is computed on."""

    def make_batch(
        self,
        rows: LabelledRows,
        row_indices: npt.NDArray[np.int64],
        _: Sequence[np.random.Generator],
    ) -> dict[str, npt.NDArray[Any]]:
        """`tokens` and `mask` (B, T), `labels` (B,); nothing is random."""
        chosen = [rows.ids[index] for index in row_indices.tolist()]
        return {
            "tokens": pad_rows(chosen, 0),
            "mask": pad_rows([np.ones(len(ids), dtype=np.bool_) for ids in chosen], False),
            "labels": rows.labels[row_indices],
        }


def run_job(model: nn.Module, data: TrainingData, config: PretrainConfig, flops: int) -> Progress:
    """The one trainer, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as directory:
        job = TrainingJob(
            model=model,
            objective=data.objective,
            data=data,
            config=config,
            directory=Path(directory),
            device=CPU,
            dtype=torch.float32,
            flops_per_token=flops,
            write_samples=lambda _: [],
        )
        return train(job, Console(is_quiet=True))


def settings(
    steps: int, rows: int, optimizer: AdamWConfig | MuonConfig, seed: int, **more: Any
) -> PretrainConfig:
    """What both trainings have in common."""
    return PretrainConfig(
        steps=steps,
        batch_rows=rows,
        seed=seed,
        optimizer=optimizer,
        schedule=ScheduleConfig(name="linear", warmup_steps=steps // 10),
        validate_every=steps,
        checkpoint_every=steps,
        sample_every=None,
        validation_rows=64,
        **more,
    )


def build_tokenizer(task: Task) -> Tokenizer:
    """Learned from the texts that the encoder will learn from."""
    return train_tokenizer(unlabelled_texts(task), VOCAB_SIZE)


def unlabelled_texts(task: Task) -> list[str]:
    """The training texts of the task and the other text; nothing of the test set."""
    return [example.text for example in task.train] + task.more_texts


def build_encoder(task: Task, tokenizer: Tokenizer, seed: int, dropout: float) -> Encoder:
    """A BERT with its initial weights."""
    section = ModelConfig.model_validate(
        MODEL | {"max_seq_len": task.max_seq_len, "dropout": dropout}
    )
    special = {"eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    shape = derive_model(section, tokenizer.vocab_size, special).config
    return cast(Encoder, build_model(shape, CPU, seed))


def pretrain(task: Task, tokenizer: Tokenizer, steps: int, seed: int) -> tuple[Encoder, Progress]:
    """An encoder that has learned to fill in hidden tokens."""
    encoder = build_encoder(task, tokenizer, seed, dropout=0.0)
    num_rows = PRETRAIN_TOKENS // task.max_seq_len
    optimizer = MuonConfig(adamw_learning_rate=6e-3)
    masked = MaskedConfig(mask_prob=MASK_PROB)
    config = settings(steps, num_rows, optimizer, seed, masked=masked)
    texts = unlabelled_texts(task)
    is_held_out = [index % EVERY_FIFTIETH == 0 for index in range(len(texts))]
    splits = ["validation" if held_out else "train" for held_out in is_held_out]
    with tempfile.TemporaryDirectory() as directory:
        tokens_dir = Path(directory)
        batch = TextBatch(texts, splits)
        store_tokens([batch], tokenizer, tokens_dir, TokensConfig(), Console(is_quiet=True))
        data = build_training_data(
            tokens_dir, tokenizer, config, family="bert", max_seq_len=task.max_seq_len
        )
        progress = run_job(encoder, data, config, encoder.flops_per_token())
    return encoder, progress


def build_classifier(kind: str, task: Task, tokenizer: Tokenizer, seed: int) -> nn.Module:
    """One that knows nothing yet: on an encoder, or convolutional."""
    if kind == "cnn":
        network = TextCNN(
            TextCNNConfig(vocab_size=tokenizer.vocab_size, num_classes=2, d_model=128)
        )
        network.init_weights(seed)
        return network
    encoder = build_encoder(task, tokenizer, seed, dropout=DROPOUT)
    head = HeadSpec("label", "classification", ("0", "1"), pooling="mean", dropout=DROPOUT)
    classifier = TaskModel(encoder, [head])
    classifier.init_heads(seed)
    return classifier


def classify(
    model: nn.Module,
    task: Task,
    tokenizer: Tokenizer,
    *,
    learning_rate: float,
    seed: int,
    held_out: Sequence[Example],
) -> float:
    """Train on labelled texts that the seed chooses; the accuracy on `held_out`."""
    chosen = np.random.default_rng(seed).permutation(len(task.train))[:NUM_LABELLED]
    limit = task.max_seq_len
    rows = LabelledRows([task.train[index] for index in chosen], tokenizer, limit)
    data = TrainingData(
        train=cast(Rows, rows),
        validation=cast(Rows, LabelledRows(task.dev[:64], tokenizer, limit)),
        objective=cast(Any, Classification()),
    )
    optimizer = AdamWConfig(learning_rate=learning_rate, beta2=0.999, weight_decay=0.01)
    run_job(model, data, settings(CLASSIFY_STEPS, CLASSIFY_ROWS, optimizer, seed), flops=1)
    return accuracy(model, LabelledRows(held_out, tokenizer, limit))


@torch.no_grad()
def accuracy(model: nn.Module, rows: LabelledRows) -> float:
    """Share of the rows whose class has the highest score."""
    model.eval()
    num_right = 0
    order = np.argsort([len(ids) for ids in rows.ids], kind="stable")
    for part in np.array_split(order, -(-rows.num_rows // 64)):
        batch = Classification().make_batch(rows, part, [])
        tokens, mask = torch.from_numpy(batch["tokens"]), torch.from_numpy(batch["mask"])
        best = model(tokens=tokens, mask=mask).scores.argmax(1).numpy()
        num_right += int((best == batch["labels"]).sum())
    return num_right / rows.num_rows


RATES: dict[str, dict[str, float]] = {
    "zh": {"pre-trained": 3e-3, "from scratch": 3e-4, "cnn": 1e-2},
    "en": {"pre-trained": 1e-3, "from scratch": 3e-3, "cnn": 1e-2},
}
"""Peak learning rates of the classifiers, as `--tune` chose them."""
TUNED_OVER = (3e-4, 1e-3, 3e-3, 1e-2)


def build_start(
    kind: str, task: Task, tokenizer: Tokenizer, encoder: Encoder, seed: int
) -> nn.Module:
    """A classifier before its training; the pre-trained one gets a copy of the encoder."""
    model = build_classifier("cnn" if kind == "cnn" else "encoder", task, tokenizer, seed)
    if kind == "pre-trained":
        assert isinstance(model, TaskModel)
        model.backbone.load_state_dict(encoder.state_dict())
    return model


def main() -> None:
    """Print one table for each task."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="folder with classification/ and text/")
    parser.add_argument("--tasks", nargs="+", choices=sorted(TASKS), default=sorted(TASKS))
    parser.add_argument("--steps", type=int, default=12_000, help="of pre-training")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tune", action="store_true", help="compare rates on the dev set instead")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name in options.tasks:
        task = TASKS[name](options.data)
        began_at = time.process_time()
        tokenizer = build_tokenizer(task)
        encoder, progress = pretrain(task, tokenizer, options.steps, seed=0)
        print(
            f"{task.name}: {encoder.num_params():,} parameters, pre-trained on"
            f" {options.steps * PRETRAIN_TOKENS:,} tokens,"
            f" {progress.validation_loss:.2f} nats a hidden token;"
            f" {time.process_time() - began_at:.0f} s"
        )
        for kind, tuned in RATES[name].items():
            for rate in TUNED_OVER if options.tune else (tuned,):
                seeds = range(100, 102) if options.tune else range(options.seeds)
                found = [
                    classify(
                        build_start(kind, task, tokenizer, encoder, seed),
                        task,
                        tokenizer,
                        learning_rate=rate,
                        seed=seed,
                        held_out=task.dev if options.tune else task.test,
                    )
                    for seed in seeds
                ]
                spread = f"{statistics.stdev(found):.3f}" if len(found) > 1 else "-"
                print(
                    f"  {kind:14} rate {rate:.0e}  {'dev' if options.tune else 'test'} accuracy"
                    f" {statistics.mean(found):.3f}, deviation {spread},"
                    f" each {' '.join(f'{value:.3f}' for value in found)}",
                    flush=True,
                )
        print(f"  {time.process_time() - began_at:.0f} s of one core")


if __name__ == "__main__":
    main()
