"""What fewer bits cost: perplexity of a text by weights, through torch and by kernels in C.

The text is cut into rows of the model's length, of which every token but the first is predicted.
Torch computes with the rounded weights alone; the kernels round what the weights are multiplied
with too, to bfloat16 or to 8 bits with a scale for every 32, and keep their cache in bfloat16.

    python bench/decode_quality.py runs/NAME/pretrain/model TEXT
"""

from __future__ import annotations

import argparse
import copy
import math
from pathlib import Path

import torch

from yanmo.checkpoint.model_folder import load_model
from yanmo.inference.engine.runner import Runner, SlotWork
from yanmo.inference.native.build import build_native_runner
from yanmo.inference.native.unsupported import Unsupported
from yanmo.models.language_model import LanguageModel
from yanmo.nn.quantized_linear import quantize_linear_layers
from yanmo.tokens.tokenizer import Tokenizer

WEIGHTS = ("float32", "bfloat16", "int8", "int4")


def scores_by_torch(model: LanguageModel, row: list[int], weights: str) -> torch.Tensor:
    """Scores (T, V) of a row."""
    dtype = torch.bfloat16 if weights == "bfloat16" else torch.float32
    with torch.inference_mode():
        scores = model.to(dtype)(tokens=torch.tensor([row])).logits
    return scores[0].float()


def scores_in_c(runner: Runner, row: list[int]) -> torch.Tensor:
    """The same from the kernels."""
    return runner.run([SlotWork(0, 0, row, len(row))])


def held_as(model: LanguageModel, weights: str) -> LanguageModel:
    """A copy of `model` whose layers hold `weights`."""
    model = copy.deepcopy(model)
    if weights in ("int8", "int4"):
        quantize_linear_layers(model, 8 if weights == "int8" else 4)
    return model


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="a model folder")
    parser.add_argument("text", type=Path, help="a text file")
    parser.add_argument("--rows", type=int, default=40, help="of the text, at most")
    args = parser.parse_args()
    model = load_model(args.model).eval()
    length = model.config.max_seq_len
    ids = Tokenizer.load(args.model).encode(args.text.read_text(encoding="utf-8"))
    rows = [ids[place : place + length] for place in range(0, len(ids) - length, length)]
    rows = rows[: args.rows]
    expected = [scores_by_torch(model, row, "float32") for row in rows]
    spread = torch.stack([scores.std() for scores in expected]).mean()
    print(f"{len(rows)} rows of {length} tokens, {model.num_params():,} parameters")
    print("| weights | perplexity, torch | in C | mean error of a score, of its spread |")
    print("|---|---|---|---|")
    for weights in WEIGHTS:
        rounded = held_as(model, weights)
        runner = build_native_runner(
            model, num_slots=1, slot_tokens=length, weights=weights, num_threads=1
        )
        if isinstance(runner, Unsupported):
            raise SystemExit(runner.reason)
        losses = {"torch": 0.0, "C": 0.0}
        error = 0.0
        for row, exact in zip(rows, expected, strict=True):
            targets = torch.tensor(row[1:])
            found = scores_in_c(runner, row)
            by_torch = scores_by_torch(rounded, row, weights)
            for name, scores in (("torch", by_torch), ("C", found)):
                loss = torch.nn.functional.cross_entropy(scores[:-1], targets)
                losses[name] += loss.item() / len(rows)
            error += (found - exact).abs().mean().item() / len(rows)
        print(
            f"| {weights} | {math.exp(losses['torch']):.3f} | {math.exp(losses['C']):.3f} |"
            f" {error / spread:.1%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
