"""A text of made-up words in which some words stand in the same places as others."""

from __future__ import annotations

import random

NUM_TOPICS = 4
WORDS_PER_TOPIC = 12


def made_up_sentences(count: int, *, seed: int = 0) -> list[list[str]]:
    """Sentences of eight words of one topic each; words of a topic begin with its name."""
    generator = random.Random(seed)
    topics = [
        [f"topic{topic}word{number}" for number in range(WORDS_PER_TOPIC)]
        for topic in range(NUM_TOPICS)
    ]
    weights = [1 / (1 + number) for number in range(WORDS_PER_TOPIC)]
    return [generator.choices(generator.choice(topics), weights, k=8) for _ in range(count)]
