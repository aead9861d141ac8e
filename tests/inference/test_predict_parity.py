"""Predictions from folders that transformers wrote are those of transformers, text to answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from tests.tokens.outside_folders import make_bert, make_roberta

from yanmo.checkpoint.task_folder import load_task_folder
from yanmo.inference.predict import TaskPredictor
from yanmo.tokens.text_codec import load_codec

TEXTS = ["Hello, world!", "the river runs to the sea", "白日依山尽，黄河入海流。", "a"]
SECONDS = ["the sea is never full", "hello", "欲穷千里目，更上一层楼。", "一步一个文件夹"]
SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
}


class Opened:
    """A random model with a head, as transformers has it and as we open its folder."""

    def __init__(self, folder: Path, kind: str, head: str, **settings: Any) -> None:
        tokenizer = make_bert() if kind == "Bert" else make_roberta()
        tokenizer.save_pretrained(folder)
        # RoBERTa counts positions from the id of its padding, which is 1 in all published ones.
        pad_id = tokenizer.pad_token_id if kind == "Bert" else 1
        pad = {"pad_token_id": pad_id, "max_position_embeddings": 80}
        config = getattr(transformers, f"{kind}Config")(
            vocab_size=len(tokenizer), **SIZES, **pad, **settings
        )
        torch.manual_seed(0)
        self.theirs = getattr(transformers, f"{kind}For{head}")(config).eval()
        with torch.no_grad():
            for parameter in self.theirs.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
        self.theirs.save_pretrained(folder)
        self.auto = transformers.AutoTokenizer.from_pretrained(folder)
        self.predictor = TaskPredictor(load_task_folder(folder), load_codec(folder))

    def run(self, *texts: Any, **settings: Any) -> Any:
        """What transformers' model says of one row."""
        encoded = self.auto(*texts, return_tensors="pt", **settings)
        with torch.no_grad():
            return encoded, self.theirs(**encoded)


@pytest.mark.parametrize("kind", ["Bert", "Roberta"])
def test_classes_of_texts_and_pairs(kind: str, tmp_path: Path) -> None:
    opened = Opened(tmp_path, kind, "SequenceClassification", num_labels=3)
    for seconds in (None, SECONDS):
        found = opened.predictor.classify(TEXTS, seconds).items
        for place, one in enumerate(found):
            pair = (TEXTS[place],) if seconds is None else (TEXTS[place], seconds[place])
            _, output = opened.run(*pair)
            expected = output.logits.softmax(-1)[0]
            np.testing.assert_allclose(one.probabilities, expected.numpy(), atol=1e-5)
            assert one.label == opened.theirs.config.id2label[int(expected.argmax())]


def test_numbers_of_pairs(tmp_path: Path) -> None:
    opened = Opened(tmp_path, "Bert", "SequenceClassification", num_labels=1)
    for text, second, number in zip(
        TEXTS, SECONDS, opened.predictor.score(TEXTS, SECONDS).items, strict=True
    ):
        assert number == pytest.approx(float(opened.run(text, second)[1].logits), abs=1e-5)


def test_tags_of_words(tmp_path: Path) -> None:
    opened = Opened(tmp_path, "Bert", "TokenClassification", num_labels=4)
    sentences = [text.split() for text in TEXTS[:2]] + [list(TEXTS[2])]
    joiners = [" ", " ", ""]
    for words, tags in zip(sentences, opened.predictor.tag(sentences, joiners).items, strict=True):
        encoded, output = opened.run(words, is_split_into_words=True)
        owners = encoded.word_ids()
        for place, tag in enumerate(tags):
            first = owners.index(place)
            assert tag == opened.theirs.config.id2label[int(output.logits[0, first].argmax())]


@pytest.mark.parametrize("kind", ["Bert", "Roberta"])
def test_answers_from_passages(kind: str, tmp_path: Path) -> None:
    opened = Opened(tmp_path, kind, "QuestionAnswering")
    for question, passage in (
        ("the river?", "the river runs to the sea, hello world hello"),
        ("黄河？", "白日依山尽，黄河入海流。欲穷千里目"),
    ):
        encoded, output = opened.run(question, passage, return_offsets_mapping=False)
        starts, ends = output.start_logits[0], output.end_logits[0]
        spans = opened.auto(question, passage, return_offsets_mapping=True)["offset_mapping"]
        inside = [place for place, side in enumerate(encoded.sequence_ids(0)) if side == 1]
        worth, first, last = max(
            (float(starts[a] + ends[b]), a, b) for a in inside for b in inside if a <= b < a + 30
        )
        (found,) = opened.predictor.answer([question], [passage]).items
        expected = passage[spans[first][0] : spans[last][1]]
        assert found.text == expected.strip()
        assert found.log_odds == pytest.approx(worth - float(starts[0] + ends[0]), abs=1e-4)
