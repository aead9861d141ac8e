"""The same greedy text from yanmo and, through an exported GGUF file, from llama.cpp.

A model folder is exported in f32, f16 and q8_0; both programs continue the same English and Chinese
prompts, always with the most probable token, and the tokens are compared one by one. Along yanmo's
text the scores are compared too. llama.cpp needs an environment of its own, which builds it:

    python -m venv /path/to/llama && /path/to/llama/bin/pip install llama-cpp-python
    python bench/gguf_in_llama_cpp.py runs/bilingual/pretrain/model --peer /path/to/llama/bin/python

Ends with code 1 where f32 or f16 give another text.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from yanmo.checkpoint.export.gguf import GgufType, export_gguf
from yanmo.checkpoint.model_folder import load_model
from yanmo.inference.config import SamplingConfig
from yanmo.inference.generate import generate_tokens
from yanmo.tokens.tokenizer import Tokenizer

PEER = Path(__file__).parent / "peers" / "llama_cpp_greedy.py"
ENGLISH = ["The", "Return the", "In this section we", "It's 3.14,\n\n  and they'll", "What is"]
CHINESE = ["中国的", "今天", "我们认为，", "“白日依山尽”是", "2024年，上海"]
DTYPES: tuple[GgufType, ...] = ("f32", "f16", "q8_0")
HEADING = "weights  language  same texts  same tokens  max |score difference|"


@dataclass(frozen=True)
class Written:
    """What one program made of one prompt."""

    prompt: list[int]
    ids: list[int]
    text: str
    seconds: float


def write_ours(args: argparse.Namespace, prompts: list[str]) -> tuple[list[Written], list[Any]]:
    """yanmo's continuations, and its scores (T, V) along prompt and continuation."""
    model, tokenizer = load_model(args.model), Tokenizer.load(args.model)
    config = SamplingConfig(temperature=0.0, max_new_tokens=args.tokens)
    written, scores = [], []
    for prompt in prompts:
        ids = tokenizer.encode(prompt, add_special_tokens=True)
        assert len(ids) + args.tokens <= model.config.max_seq_len, "prompt and text fit the context"
        started_at = time.perf_counter()
        tokens = generate_tokens(
            model,
            ids,
            config,
            stop_ids={tokenizer.eos_id},
            vocab_size=tokenizer.vocab_size,
        )
        new = [token.id for token in tokens]
        seconds = time.perf_counter() - started_at
        written.append(Written(ids, new, tokenizer.decode(new), seconds))
        with torch.inference_mode():
            scores.append(model(tokens=torch.tensor([ids + new])).logits[0].numpy())  # (T, V)
    return written, scores


def write_theirs(
    args: argparse.Namespace, file: Path, prompts: list[str], ours: list[Written]
) -> tuple[list[Written], list[Any]]:
    """The same from llama.cpp, its scores along yanmo's text."""
    scores = file.with_suffix(".npz")
    request = {
        "file": str(file),
        "prompts": prompts,
        "paths": [result.prompt + result.ids for result in ours],
        "num_tokens": args.tokens,
        "context": load_model(args.model).config.max_seq_len,
        "threads": torch.get_num_threads(),
        "scores": str(scores),
    }
    done = subprocess.run(
        [args.peer, PEER], input=json.dumps(request), capture_output=True, text=True, check=True
    )
    arrays = np.load(scores)
    return [Written(**fields) for fields in json.loads(done.stdout)], [
        arrays[name] for name in arrays.files
    ]


def compare(
    name: str,
    language: str,
    ours: tuple[list[Written], list[Any]],
    theirs: tuple[list[Written], list[Any]],
) -> bool:
    """Print a line of the table, and what differs; whether nothing does."""
    pairs = list(zip(ours[0], theirs[0], strict=True))
    assert all(mine.prompt == yours.prompt for mine, yours in pairs), "the prompts' tokens differ"
    first = [_first_difference(mine.ids, yours.ids) for mine, yours in pairs]
    same = sum(place is None for place in first)
    num_same = sum(
        len(mine.ids) if place is None else place
        for place, (mine, _) in zip(first, pairs, strict=True)
    )
    total = sum(len(mine.ids) for mine, _ in pairs)
    gap = max(np.abs(a - b).max() for a, b in zip(ours[1], theirs[1], strict=True))
    print(
        f"{name:<9}{language:<10}{f'{same} of {len(pairs)}':<12}"
        f"{f'{num_same} of {total}':<13}{gap:.2e}"
    )
    for place, (mine, yours), scores in zip(first, pairs, ours[1], strict=True):
        if place is not None:
            best = np.sort(scores[len(mine.prompt) + place - 1])[-2:]
            print(f"    differs at token {place}, where the best two of yanmo's scores are")
            print(f"    {best[1]:.4f} and {best[0]:.4f}: {mine.text!r} / {yours.text!r}")
    return same == len(pairs)


def _first_difference(mine: list[int], yours: list[int]) -> int | None:
    for place, (left, right) in enumerate(zip(mine, yours, strict=False)):
        if left != right:
            return place
    return None if len(mine) == len(yours) else min(len(mine), len(yours))


def _speed(results: list[Written]) -> float:
    return sum(len(result.ids) for result in results) / sum(result.seconds for result in results)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="a model folder")
    parser.add_argument("--peer", required=True, help="the Python that has llama-cpp-python")
    parser.add_argument("--tokens", type=int, default=100, help="of each continuation")
    args = parser.parse_args()
    languages = {"English": ENGLISH, "Chinese": CHINESE}
    ours = {language: write_ours(args, prompts) for language, prompts in languages.items()}
    speeds = {"yanmo": _speed([result for results, _ in ours.values() for result in results])}
    is_same: dict[str, bool] = {}
    print(HEADING)
    with tempfile.TemporaryDirectory() as folder:
        for dtype in DTYPES:
            file = Path(folder) / f"model.{dtype}.gguf"
            export_gguf(args.model, file, dtype)
            everything: list[Written] = []
            for language, prompts in languages.items():
                theirs = write_theirs(args, file, prompts, ours[language][0])
                same = compare(dtype, language, ours[language], theirs)
                is_same[dtype] = is_same.get(dtype, True) and same
                everything += theirs[0]
            speeds[f"llama.cpp {dtype}"] = _speed(everything)
    print(", ".join(f"{name}: {speed:,.0f} tokens/s" for name, speed in speeds.items()))
    return 0 if is_same["f32"] and is_same["f16"] else 1


if __name__ == "__main__":
    sys.exit(main())
