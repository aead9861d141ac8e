"""Train the judge of the main-text extractor, and see how good it is on pages it has not seen.

Blocks of the annotated pages are labelled by the choice that agrees best with the gold text. A
network with one hidden layer learns them: each page counts the same, long blocks more than short
ones, and half of the loss is one minus a soft F1 of each page. In each step every page loses some
features, so that none is relied upon. Several networks from different seeds are averaged, which is
a network with more hidden units. Cross-validation keeps all pages of a site on one side.

    python bench/train_extractor.py            # cross-validate, then train on everything and write
    python bench/train_extractor.py --folds 0  # only train and write
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from extraction_pages import (
    SHINGLE,
    GoldPage,
    Tokens,
    chinese_pages,
    count_matches,
    english_pages,
    quality,
    score_page,
    shingles,
)

from yanmo.corpus.extraction.blocks import Blocks, cut_blocks, features_of
from yanmo.corpus.extraction.choose import choose_blocks
from yanmo.corpus.extraction.features import FEATURE_NAMES
from yanmo.corpus.extraction.model import COEFFICIENTS, Model
from yanmo.corpus.extraction.writing import write_text

HIDDEN = 16
SEEDS = 3
EPOCHS = 80
LEARNING_RATE = 1e-2
WEIGHT_DECAY = 1.0
DROPOUT = 0.15
SOFT_F1_SHARE = 0.5
MIN_PAGE_TOKENS = 50
MAX_BLOCK_WEIGHT = 3.0
BLOCK_WEIGHT = 0.2  # what a page's blocks weigh together, however short they are
MIN_DEVIATION = 0.1  # rare features are not blown up


@dataclass(frozen=True)
class Example:
    """A page ready for training (n blocks).

    Args:
        page: the page.
        blocks: its blocks.
        features: (n, F) float32.
        labels: (n,) bool, whether the block belongs to the gold text.
        weights: (n,) float, tokens of the block as a share of the gold's.
    """

    page: GoldPage
    blocks: Blocks
    features: np.ndarray
    labels: np.ndarray
    weights: np.ndarray


def _agreement(gold: Counter[tuple[str, ...]], tokens: list[Tokens], labels: np.ndarray) -> float:
    """F1 of the blocks that are marked."""
    chosen = [token for mark, block in zip(labels, tokens, strict=True) if mark for token in block]
    both, too_many, missing = count_matches(gold, shingles(chosen))
    return 2 * both / max(2 * both + too_many + missing, 1e-12)


def _share_in(runs: set[tuple[str, ...]], block: Tokens) -> float:
    """The share of a block's shingles that the gold text holds as they are."""
    own = list(shingles(block))
    return sum(run in runs for run in own) / max(len(own), 1)


def label_blocks(page: GoldPage, tokens: list[Tokens]) -> np.ndarray:
    """Which blocks belong to the gold text.

    Starts from the blocks whose shingles the gold text holds, then changes one block after the
    other as long as the agreement grows.
    """
    gold_tokens = page.tokens(page.gold)
    runs = {
        tuple(gold_tokens[at : at + length])
        for length in range(1, SHINGLE + 1)
        for at in range(len(gold_tokens) - length + 1)
    }
    share = np.array([_share_in(runs, block) for block in tokens])
    labels = share >= 0.5
    gold = shingles(gold_tokens)
    best = _agreement(gold, tokens, labels)
    for number in 2 * np.flatnonzero(share > 0.2).tolist():
        labels[number] ^= True
        after = _agreement(gold, tokens, labels)
        if after > best + 1e-9:
            best = after
        else:
            labels[number] ^= True
    return labels


def prepare(page: GoldPage) -> Example:
    """Blocks, features and labels of a page."""
    blocks = cut_blocks(page.html)
    body = blocks.is_body()
    tokens = [page.tokens(blocks.text_of(n)) if body[n] else [] for n in range(len(blocks))]
    labels = label_blocks(page, tokens)
    sizes = np.array([len(block) for block in tokens], float)
    weights = np.minimum(sizes / max(sizes[labels].sum(), MIN_PAGE_TOKENS), MAX_BLOCK_WEIGHT)
    return Example(page, blocks, features_of(blocks), labels, weights)


class _Network(torch.nn.Module):
    """One hidden layer, with drop-out on its units."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(num_features, HIDDEN),
            torch.nn.ReLU(),
            torch.nn.Dropout(DROPOUT),
            torch.nn.Linear(HIDDEN, 1),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(n,) scores."""
        scores: torch.Tensor = self.layers(features).squeeze(1)
        return scores


def _fit(examples: Sequence[Example], features: torch.Tensor, seed: int) -> _Network:
    """One network, trained on all blocks at once."""
    torch.manual_seed(seed)
    labels = torch.tensor(np.concatenate([e.labels for e in examples])).float()
    weights = torch.tensor(np.concatenate([e.weights for e in examples])).float()
    sizes = torch.tensor([len(e.labels) for e in examples])
    owner = torch.repeat_interleave(torch.arange(len(examples)), sizes)
    importance = weights + BLOCK_WEIGHT / sizes[owner]
    importance /= importance.mean()
    network = _Network(features.shape[1])
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=EPOCHS)
    per_block = torch.nn.BCEWithLogitsLoss(reduction="none")
    gold = torch.zeros(len(examples)).index_add(0, owner, weights * labels)
    for _ in range(EPOCHS):
        shown = torch.rand(len(examples), features.shape[1]) > DROPOUT
        scores = network(features * (shown / (1 - DROPOUT))[owner])
        kept = weights * torch.sigmoid(scores)
        all_kept = torch.zeros(len(examples)).index_add(0, owner, kept)
        right = torch.zeros(len(examples)).index_add(0, owner, kept * labels)
        soft_f1 = (2 * right / (all_kept + gold + 1e-3)).mean()
        block_loss = (per_block(scores, labels) * importance).mean()
        loss = (1 - SOFT_F1_SHARE) * block_loss + SOFT_F1_SHARE * 4 * (1 - soft_f1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval()


def train(examples: Sequence[Example], seeds: int = SEEDS) -> Model:
    """The average of several networks, as one."""
    raw = np.concatenate([e.features for e in examples])
    mean, deviation = raw.mean(0), np.maximum(raw.std(0), MIN_DEVIATION)
    features = torch.tensor((raw - mean) / deviation)
    hidden, bias, output, output_bias = [], [], [], 0.0
    for seed in range(seeds):
        network = _fit(examples, features, seed)
        first, second = network.layers[0], network.layers[3]
        weight = first.weight.detach().numpy().T / deviation[:, None]
        hidden.append(weight)
        bias.append(first.bias.detach().numpy() - mean @ weight)
        output.append(second.weight.detach().numpy()[0] / seeds)
        output_bias += float(second.bias.detach()[0]) / seeds
    return _rounded(np.hstack(hidden), np.hstack(bias), np.hstack(output), output_bias)


def _rounded(hidden: np.ndarray, bias: np.ndarray, output: np.ndarray, output_bias: float) -> Model:
    """The model as it is written: four significant digits are enough."""

    def short(values: np.ndarray) -> np.ndarray:
        return np.array([float(f"{value:.4g}") for value in values.ravel()], np.float32).reshape(
            values.shape
        )

    return Model(short(hidden), short(bias), short(output), float(f"{output_bias:.4g}"))


def extract_with(model: Model, example: Example) -> str:
    """What the extractor gives with this model."""
    return write_text(example.blocks, choose_blocks(example.blocks, model).keep, "text")


def fold_of(examples: Sequence[Example], folds: int, seed: int = 0) -> list[int]:
    """The fold of each page; pages of one site share one."""
    sites = sorted({e.page.site for e in examples})
    np.random.default_rng(seed).shuffle(sites)
    numbers = {site: at % folds for at, site in enumerate(sites)}
    return [numbers[e.page.site] for e in examples]


def cross_validate(examples: Sequence[Example], folds: int, seed: int = 0) -> list[str]:
    """The main text of every page, by a model that saw no page of its site."""
    numbers = fold_of(examples, folds, seed)
    texts = [""] * len(examples)
    for fold in range(folds):
        seen = [e for e, at in zip(examples, numbers, strict=True) if at != fold]
        model = train(seen)
        for at, example in enumerate(examples):
            if numbers[at] == fold:
                texts[at] = extract_with(model, example)
    return texts


def held_out_lines(examples: Sequence[Example], texts: Sequence[str]) -> dict[str, str]:
    """The figures of a cross-validation, by language."""
    lines = {}
    for language in ("en", "zh"):
        pairs = [
            (e, t) for e, t in zip(examples, texts, strict=True) if e.page.language == language
        ]
        if pairs:
            q = quality([score_page(e.page, text) for e, text in pairs])
            lines[language] = (
                f"F1 {q.f1:.4f} +- {q.plus_minus:.4f}, precision {q.precision:.4f}, "
                f"recall {q.recall:.4f} on {len(pairs)} pages"
            )
    return lines


def save(model: Model, examples: Sequence[Example], held_out: dict[str, str]) -> None:
    """Write the coefficients with what they were made of."""
    languages = Counter(e.page.language for e in examples)
    stored = {
        "trained_by": "bench/train_extractor.py",
        "trained_on": (
            f"{languages['en']} pages of scrapinghub/article-extraction-benchmark (MIT) and "
            f"{languages['zh']} Chinese news pages of GeneralNewsExtractor (MIT)"
        ),
        "held_out": held_out,
        "features": FEATURE_NAMES,
        "hidden": [[float(f"{value:.4g}") for value in row] for row in model.hidden],
        "hidden_bias": [float(f"{value:.4g}") for value in model.hidden_bias],
        "output": [float(f"{value:.4g}") for value in model.output],
        "output_bias": model.output_bias,
    }
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in stored.items() if k != "hidden"]
    rows = ",\n".join(json.dumps(row) for row in stored["hidden"])  # type: ignore[attr-defined]
    text = "{\n" + ",\n".join(lines) + ',\n"hidden": [\n' + rows + "\n]\n}\n"
    COEFFICIENTS.write_text(text, encoding="utf-8")


def main() -> None:
    """Cross-validate, train, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=10, help="0 leaves cross-validation out")
    parser.add_argument("--repeats", type=int, default=1, help="ways to cut the pages into folds")
    args = parser.parse_args()
    torch.set_num_threads(1)
    examples = [prepare(page) for page in english_pages() + chinese_pages()]
    held_out: dict[str, str] = {}
    for seed in range(args.repeats if args.folds else 0):
        lines = held_out_lines(examples, cross_validate(examples, args.folds, seed))
        held_out = held_out or lines
        for language, line in lines.items():
            print(f"held out, {language}: {line}", flush=True)
    save(train(examples), examples, held_out)
    print(f"written: {COEFFICIENTS}")


if __name__ == "__main__":
    main()
