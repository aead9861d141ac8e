"""The deletion test of every method of attribution, on models and a labelled set.

    python bench/faithfulness.py DATA MODEL [MODEL ...] [--texts 500] [--draws 10]

DATA is a file of SST-2 as published (`stsa.binary.test`: a class and a text a line), or a .jsonl
file with `text`. What is explained is what the model says of each text, right or wrong. Prints
Markdown: for each method the mean drop of the answer's probability without the most attributed
tokens, that of random tokens, the paired difference with its 95% interval, and sufficiency beside
it.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from yanmo.interpretation.ask import ask
from yanmo.interpretation.attribution import attribute, methods_for
from yanmo.interpretation.deletion_test import Attribute, DeletionTest, judge_rankings
from yanmo.interpretation.question import Question
from yanmo.interpretation.subject import open_subject


def read_texts(path: Path) -> list[str]:
    """The texts of a file, in its order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".jsonl":
        return [json.loads(line)["text"] for line in lines if line]
    return [line.partition(" ")[2] for line in lines if line]


def rankers_for(question: Question) -> dict[str, Attribute]:
    """Every method, and two controls: one knows nothing, one knows where tokens stand."""

    def by(name: str) -> Attribute:
        return lambda one: attribute(one, name).scores

    rankers = {name: by(name) for name in methods_for(question.subject)}
    generator = np.random.default_rng(1)
    rankers["random numbers"] = lambda one: generator.random(len(one.tokens)).tolist()
    rankers["first tokens first"] = lambda one: [-float(i) for i in range(len(one.tokens))]
    return rankers


def print_table(model: str, test: DeletionTest, seconds: float) -> None:
    """One table."""
    print(f"\n{model}: {test.num_texts} texts, tokens removed by: {test.removal}, {seconds:.0f} s")
    print(
        "random tokens: without them "
        f"{test.random_comprehensiveness:.3f}, with them alone {test.random_sufficiency:.3f}\n"
    )
    print(
        "| method | drop without the top tokens | more than at random | drop with them alone |"
        " less than at random | answers changed by half | verdict |"
    )
    print("|---|---|---|---|---|---|---|")
    for one in test.methods:
        gain, kept = one.gain, one.sufficiency_gain
        print(
            f"| {one.method} | {one.comprehensiveness:.3f} | "
            f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}] | {one.sufficiency:.3f} | "
            f"{kept.mean:+.3f} [{kept.low:+.3f}, {kept.high:+.3f}] | {one.changed[-1]:.1%} | "
            f"{one.verdict} |"
        )


def main() -> None:
    """Test and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--texts", type=int, default=500)
    parser.add_argument("--draws", type=int, default=10)
    options = parser.parse_args()
    texts = read_texts(options.data)[: options.texts]
    for model in options.models:
        subject = open_subject(model, "cpu")
        questions = [ask(subject, text) for text in texts if text.strip()]
        started_at = time.perf_counter()
        test = judge_rankings(questions, rankers_for(questions[0]), num_draws=options.draws)
        print_table(str(model), test, time.perf_counter() - started_at)


if __name__ == "__main__":
    main()
