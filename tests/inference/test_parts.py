"""Parts of a long text are together the text, short enough, and end where sentences do."""

from __future__ import annotations

import ast
import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.inference.parts import split_text, write_by_parts
from yanmo.tokens.tokenizer import Tokenizer

ENGLISH = "The river runs 3.14 miles. It never ends! Why? " * 6
CHINESE = "白日依山尽，黄河入海流。欲穷千里目，更上一层楼！" * 6


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_parts_end_at_sentences(text: str, tokenizer: Tokenizer) -> None:
    parts = split_text(text, tokenizer, 60)
    assert len(parts) > 2
    assert "".join(parts) == text
    for part in parts:
        assert part.strip()[-1] in ".!?。！？"
        assert len(tokenizer.encode(part)) <= 60


@settings(max_examples=60)
@given(text=st.text(max_size=120), max_tokens=st.integers(4, 40))
def test_parts_are_the_text_whatever_it_is(
    text: str, max_tokens: int, tokenizer: Tokenizer
) -> None:
    parts = split_text(text, tokenizer, max_tokens)
    assert "".join(parts) == text
    assert all(len(tokenizer.encode(part)) <= max_tokens for part in parts)


def test_long_texts_are_written_part_by_part_and_joined(tokenizer: Tokenizer) -> None:
    asked: list[Sequence[str]] = []

    def first_words(texts: Sequence[str]) -> list[str]:
        asked.append(texts)
        return [text[:2] for text in texts]

    made = write_by_parts(first_words, tokenizer, ["short", CHINESE, ENGLISH], 60)
    assert len(asked) == 1
    assert made.num_parts == (1, *(len(split_text(x, tokenizer, 60)) for x in (CHINESE, ENGLISH)))
    assert made.texts[0] == "sh"
    assert made.texts[1] == "白日" * made.num_parts[1]
    assert made.texts[2].split(" ")[0] == "Th"
    assert len(made.texts[2].split(" ")) == made.num_parts[2]


def test_real_dialogues_and_abstracts_lose_nothing(tokenizer: Tokenizer, shared_data: Path) -> None:
    folder = shared_data / "summarisation"
    with zipfile.ZipFile(next((folder / "dialogsum").glob("*.zip"))) as archive:
        name = next(name for name in archive.namelist() if name.endswith("test.jsonl"))
        lines = archive.read(name).decode("utf-8").splitlines()[:20]
    texts = [ast.literal_eval(line)["dialogue"] for line in lines]
    path = next((folder / "csl-titles-zh").glob("*.tsv"))
    rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8")), delimiter="\t")
    texts += [max(row, key=len) for _, row in zip(range(20), rows, strict=False)]
    for text in texts:
        assert "".join(split_text(text, tokenizer, 100)) == text
