"""The convolutional classifier: the paper's equations, blind to padding, and it learns."""

from __future__ import annotations

import csv
import gzip
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.models.older_models import CPU, draw_tokens
from torch.nn import functional as F

from yanmo.models.convolution_config import TextCNNConfig
from yanmo.models.text_cnn import TextCNN


def build(seed: int = 0, **fields: Any) -> TextCNN:
    defaults: dict[str, Any] = {
        "vocab_size": 96,
        "num_classes": 3,
        "d_model": 8,
        "filter_widths": (2, 3, 5),
        "num_filters": 4,
        "dropout": 0.0,
    }
    with torch.device("meta"):
        model = TextCNN(TextCNNConfig(**(defaults | fields)))
    model.to_empty(device=CPU)
    model.init_weights(seed)
    return model


def test_scores_follow_the_equations() -> None:
    model = build()
    tokens = draw_tokens(1, 9)
    x = model.embed(tokens[0]).T  # (D, T)
    features = []
    for filters, width in zip(model.filters, (2, 3, 5), strict=True):
        answers = [
            (filters.weight * x[:, i : i + width]).sum((1, 2)) + filters.bias
            for i in range(9 - width + 1)
        ]
        features.append(torch.stack(answers).relu().amax(0))
    pooled = torch.cat(features)
    output = model(tokens)
    torch.testing.assert_close(output.pooled[0], pooled, atol=1e-6, rtol=0)
    torch.testing.assert_close(output.scores[0], model.classifier(pooled), atol=1e-6, rtol=0)


def test_padding_changes_nothing() -> None:
    model = build()
    tokens = draw_tokens(4, 9)
    lengths = (9, 4, 1, 6)
    mask = torch.arange(9) < torch.tensor(lengths)[:, None]
    together = model(tokens, mask).scores
    for row, length in enumerate(lengths):
        alone = model(tokens[row : row + 1, :length]).scores
        torch.testing.assert_close(together[row], alone[0], atol=1e-6, rtol=0)


def test_the_place_of_a_phrase_does_not_count() -> None:
    model = build(filter_widths=(2,))
    filler, phrase = [0] * 4, [7, 8]
    early = model(torch.tensor([[*phrase, *filler, 0]])).pooled
    late = model(torch.tensor([[*filler, 0, *phrase]])).pooled
    changed = model(torch.tensor([[*filler, 0, 8, 7]])).pooled
    heard = build_heard(model, phrase)
    torch.testing.assert_close(torch.maximum(early, heard), torch.maximum(late, heard))
    assert not torch.equal(late, changed)


def build_heard(model: TextCNN, phrase: list[int]) -> torch.Tensor:
    """Answers to the filler beside the phrase, on either side of it."""
    sides = [[0, phrase[0]], [phrase[1], 0]]
    return torch.stack([model(torch.tensor([side])).pooled for side in sides]).amax(0)


def test_the_loss_is_cross_entropy_of_classes_or_of_probabilities() -> None:
    model = build()
    tokens, labels = draw_tokens(5, 7), torch.tensor([0, 2, 1, 1, 0])
    weights = torch.tensor([1.0, 3.0, 0.5])
    log_probs = model(tokens).scores.log_softmax(1)
    chosen = -log_probs[torch.arange(5), labels]
    torch.testing.assert_close(model(tokens, labels=labels).loss_sum, chosen.sum())
    weighted = model(tokens, labels=labels, class_weights=weights).loss_sum
    torch.testing.assert_close(weighted, (chosen * weights[labels]).sum())
    one_hot = F.one_hot(labels, 3).float()
    torch.testing.assert_close(model(tokens, labels=one_hot).loss_sum, chosen.sum())


def test_gradients_equal_finite_differences() -> None:
    model = build(vocab_size=11, d_model=3, num_filters=2).double()
    tokens = draw_tokens(3, 6, vocab_size=11)
    mask = torch.arange(6) < torch.tensor([6, 2, 4])[:, None]
    labels = torch.tensor([0, 2, 1])
    parameters = dict(model.named_parameters())

    def run(*values: torch.Tensor) -> torch.Tensor:
        named = dict(zip(parameters, values, strict=True))
        return torch.func.functional_call(model, named, (tokens, mask, labels)).loss_sum

    assert torch.autograd.gradcheck(run, tuple(parameters.values()))


def test_parameters_and_flops_in_closed_form() -> None:
    model = build()
    filters = sum((width * 8 + 1) * 4 for width in (2, 3, 5))
    assert model.num_params() == 96 * 8 + filters + (12 + 1) * 3
    assert model.flops_per_token() == 6 * (2 + 3 + 5) * 8 * 4


def test_the_loss_begins_at_knowing_nothing() -> None:
    model = build(num_classes=10, d_model=300, num_filters=100).eval()
    labels = torch.arange(200) % 10
    loss = model(draw_tokens(200, 30), labels=labels).loss_sum / 200
    assert loss.item() == pytest.approx(math.log(10), rel=0.05)


def read_reviews(folder: Path) -> dict[str, list[tuple[str, int]]]:
    """Chinese reviews of hotels and what they are: 1 well meant, 0 not."""
    with gzip.open(folder / "train.tsv.gz", "rt", encoding="utf-8") as train:
        texts = {"train": train.read(), "test": (folder / "test.tsv").read_text("utf-8")}
    reviews = {}
    for name, text in texts.items():
        rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
        reviews[name] = [(row["text_a"], int(row["label"])) for row in rows]
    return reviews


def to_tensors(
    reviews: list[tuple[str, int]], index: dict[str, int], max_tokens: int = 100
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Characters as ids, which are real, and the classes; 0 is padding, 1 any other character."""
    tokens = torch.zeros(len(reviews), max_tokens, dtype=torch.int64)
    for row, (text, _) in enumerate(reviews):
        ids = [index.get(character, 1) for character in text[:max_tokens]]
        tokens[row, : len(ids)] = torch.tensor(ids)
    return tokens, tokens > 0, torch.tensor([label for _, label in reviews])


@pytest.mark.slow
def test_it_tells_good_reviews_from_bad_ones(shared_data: Path) -> None:
    reviews = read_reviews(shared_data / "classification" / "chnsenticorp")
    train, test = reviews["train"][:2400], reviews["test"]
    characters = sorted({character for text, _ in train for character in text})
    index = {character: 2 + number for number, character in enumerate(characters)}
    model = build(
        vocab_size=2 + len(index), num_classes=2, d_model=64, filter_widths=(2, 3, 4),
        num_filters=48, dropout=0.5,
    )  # fmt: skip
    tokens, mask, labels = to_tensors(train, index)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    for _ in range(4):
        for rows in torch.randperm(len(train), generator=generator).split(50):
            optimizer.zero_grad()
            loss = model(tokens[rows], mask[rows], labels[rows]).loss_sum / len(rows)
            loss.backward()
            optimizer.step()
    model.eval()
    tokens, mask, labels = to_tensors(test, index)
    with torch.inference_mode():
        accuracy = (model(tokens, mask).scores.argmax(1) == labels).float().mean().item()
    always_the_same = labels.bincount().max().item() / len(labels)
    print(f"accuracy {accuracy:.4f}, of the commoner class {always_the_same:.4f}")
    assert accuracy > 0.8
