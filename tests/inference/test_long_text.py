"""A fact in a document of eight times the context is found by windows, and not by a cut text.

The readers are trained here, on texts that fit: one finds where a name stands, one marks names.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from yanmo.inference.predict import TaskPredictor
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.tokens.length_config import LengthConfig
from yanmo.tokens.row_batch import answer_labels, batch_of_rows, tag_labels
from yanmo.tokens.text_rows import RowEncoder
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

CONTEXT = 64
QUESTION = "who?"
FILLERS = {
    "en": ["the river ", "runs to ", "the sea ", "is never ", "full. "],
    "zh": ["白日依山尽", "黄河入海流", "，欲穷千里目", "。更上一层楼"],
}
NAMES = {"en": ["Zoe", "Max", "Quinn"], "zh": ["张", "李", "王"]}
SEAMS = {"en": " ", "zh": ""}
"""What stands behind a word."""
CUT = LengthConfig(max_tokens=CONTEXT)
WINDOWS = LengthConfig(max_tokens=CONTEXT, long_text="windows", overlap_tokens=16)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """One to which names are whole tokens."""
    texts = [part for parts in FILLERS.values() for part in parts]
    names = [name for own in NAMES.values() for name in own]
    return train_tokenizer([*texts, *names] * 3, 340)


def passage(language: str, num_fillers: int, name: str | None, draw: random.Random) -> str:
    parts = draw.choices(FILLERS[language], k=num_fillers)
    if name is not None:
        parts.insert(draw.randrange(len(parts) + 1), name + SEAMS[language])
    return "".join(parts)


def train(model: TaskModel, batches: Sequence[dict[str, torch.Tensor]]) -> TaskModel:
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for batch in batches:
        loss = model.train()(**batch).loss_sum / len(batch["tokens"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


@pytest.fixture(scope="module", params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def new_model(tokenizer: Tokenizer, head: HeadSpec) -> TaskModel:
    section = ModelConfig.model_validate(
        {"family": "bert", "depth": 1, "d_model": 32, "num_heads": 2, "max_seq_len": CONTEXT}
    )
    config = derive_model(section, tokenizer.vocab_size).config
    model = TaskModel(build_model(config, torch.device("cpu"), seed=0), [head])
    model.init_heads(0)
    return model


@pytest.fixture(scope="module")
def finder(tokenizer: Tokenizer, language: str) -> TaskModel:
    """Answers with the name in a passage; half of the passages that it learned from have none."""
    draw = random.Random(0)
    encoder = RowEncoder(tokenizer, CUT, CONTEXT, has_segments=True)
    batches = []
    for _ in range(60):
        names = [draw.choice([None, draw.choice(NAMES[language])]) for _ in range(16)]
        texts = [passage(language, draw.randrange(1, 5), name, draw) for name in names]
        rows = encoder.encode_questions([QUESTION] * len(texts), texts).rows
        labels = []
        for row, text, name in zip(rows, texts, names, strict=True):
            start = text.index(name) if name else 0
            labels.append(answer_labels(row, (start, start + len(name)) if name else None))
        arrays = batch_of_rows(rows, tokenizer.pad_id) | {"labels": np.array(labels)}
        batches.append({key: torch.from_numpy(array) for key, array in arrays.items()})
    return train(new_model(tokenizer, HeadSpec("spans", "spans", dropout=0.0)), batches)


def long_passage(tokenizer: Tokenizer, language: str, place: float, name: str) -> str:
    """Eight times the context, with the name in the middle of it or elsewhere."""
    draw = random.Random(1)
    parts: list[str] = []
    while len(tokenizer.encode("".join(parts))) < 8 * CONTEXT:
        parts.append(draw.choice(FILLERS[language]))
    parts.insert(int(place * len(parts)), name + SEAMS[language])
    return "".join(parts)


@pytest.mark.parametrize("place", [0.3, 0.6, 1.0])
def test_windows_find_a_planted_fact_and_truncation_does_not(
    tokenizer: Tokenizer, language: str, finder: TaskModel, place: float
) -> None:
    name = NAMES[language][0]
    text = long_passage(tokenizer, language, place, name)
    num_tokens = len(tokenizer.encode(text))
    assert num_tokens >= 8 * CONTEXT
    read = TaskPredictor(finder, tokenizer, WINDOWS).answer([QUESTION], [text])
    cut = TaskPredictor(finder, tokenizer, CUT).answer([QUESTION], [text])
    assert read.items[0].answer == name
    assert read.items[0].start == text.index(name)
    assert cut.items[0].answer == ""
    assert read.counts.num_cut_tokens == 0
    assert read.counts.num_rows > 8
    assert cut.counts.num_cut_tokens > 7 * CONTEXT
    assert f"{cut.counts.num_cut_tokens:,}" in cut.counts.warnings()[0]


def test_a_document_without_the_fact_has_no_answer(
    tokenizer: Tokenizer, language: str, finder: TaskModel
) -> None:
    text = long_passage(tokenizer, language, 0.5, "")
    for length in (WINDOWS, CUT):
        found = TaskPredictor(finder, tokenizer, length).answer([QUESTION], [text]).items[0]
        assert not found.has_answer


def test_names_are_marked_in_every_window_and_once(tokenizer: Tokenizer, language: str) -> None:
    draw = random.Random(2)
    names, joiner = NAMES[language], SEAMS[language]
    fillers = "".join(FILLERS[language])
    words = fillers.split() if language == "en" else list(fillers)
    encoder = RowEncoder(tokenizer, CUT, CONTEXT, has_segments=True)
    batches = []
    for _ in range(40):
        sentences = [draw.choices(words, k=8) + draw.choices(names, k=2) for _ in range(16)]
        for sentence in sentences:
            draw.shuffle(sentence)
        rows = encoder.encode_words(sentences, [joiner] * 16).rows
        tags = [[int(word in names) for word in sentence] for sentence in sentences]
        arrays = batch_of_rows(rows, tokenizer.pad_id)
        labels = np.full(arrays["tokens"].shape, -100)
        for index, row in enumerate(rows):
            labels[index, : len(row)] = tag_labels(row, tags[index])
        arrays["labels"] = labels
        batches.append({key: torch.from_numpy(array) for key, array in arrays.items()})
    head = HeadSpec("names", "tagging", ("O", "B-PER"), dropout=0.0)
    model = train(new_model(tokenizer, head), batches)
    document = draw.choices(words, k=300)
    places = range(5, 300, 37)
    for place in places:
        document[place] = draw.choice(names)
    read = TaskPredictor(model, tokenizer, WINDOWS).tag([document], [joiner])
    cut = TaskPredictor(model, tokenizer, CUT).tag([document], [joiner])
    assert [place for place, tag in enumerate(read.items[0]) if tag != "O"] == list(places)
    assert read.counts.num_rows > 8
    assert [tag for tag in cut.items[0] if tag != "O"] != [
        tag for tag in read.items[0] if tag != "O"
    ]
    assert cut.counts.num_cut_words > 200
