"""The fast core gives the ids that `tokenizers` gives, on every kind of text."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.tokens.special import SPECIAL_TOKENS
from yanmo.tokens.tokenizer import Tokenizer

any_text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)
# Pieces on which splitting rules turn: contractions, white space, digits, marks, scripts, controls.
tricky_text = st.lists(
    st.sampled_from(
        [
            *" \t\r\n'.",
            *("  ", "\r\n", "'s", "'LL", "'ſ", "K", "12", "①", "e\u0301"),
            *("\u00a0", "\u3000", "\x85"),
            *("白日", "，", "。\n", "１", "한", "مر", "👩‍👩‍👧", "\u200d", "\ufeff", "word", "İ"),
            *SPECIAL_TOKENS,
        ]
    ),
    max_size=40,
).map("".join)


def reference_of(tokenizer: Tokenizer) -> tokenizers.Tokenizer:
    """What the `tokenizers` library makes of the stored file."""
    reference = tokenizers.Tokenizer.from_str(tokenizer.to_json())
    reference.encode_special_tokens = True
    return reference


@settings(max_examples=300)
@given(text=any_text | tricky_text)
def test_round_trip_is_exact_and_equals_the_reference(tiny_tokenizer: Tokenizer, text: str) -> None:
    ids = tiny_tokenizer.encode(text)
    assert tiny_tokenizer.decode(ids) == text
    reference = reference_of(tiny_tokenizer)
    assert ids == reference.encode(text, add_special_tokens=False).ids


def test_fast_core_splits_every_character_as_the_reference_does(
    tiny_tokenizer: Tokenizer,
) -> None:
    assert tiny_tokenizer.is_fast
    reference = reference_of(tiny_tokenizer)
    characters = [chr(point) for point in range(0x30000) if not 0xD800 <= point < 0xE000]
    texts = [
        "".join(f"a{c}b {c}{c} '{c}\n{c} 1{c}2 .{c}.{c} \n" for c in characters[start : start + 64])
        for start in range(0, len(characters), 64)
    ]
    expected = reference.encode_batch(texts, add_special_tokens=False)
    for ids, encoding in zip(tiny_tokenizer.encode_batch(texts), expected, strict=True):
        assert ids.tolist() == encoding.ids


def test_fast_core_equals_the_reference_on_real_text(
    bilingual_tokenizer: Tokenizer, shakespeare: str, poems: list[str]
) -> None:
    texts = [*shakespeare.split("\n\n"), *poems, shakespeare]
    expected = reference_of(bilingual_tokenizer).encode_batch(texts, add_special_tokens=False)
    batch = bilingual_tokenizer.encode_batch(texts)
    for text, ids, encoding in zip(texts, batch, expected, strict=True):
        assert ids.tolist() == encoding.ids
        assert bilingual_tokenizer.decode(ids.tolist()) == text


def test_other_vocabularies_take_the_slow_path(tiny_tokenizer: Tokenizer) -> None:
    definition = json.loads(tiny_tokenizer.to_json())
    merges = definition["model"]["merges"]
    merges[0], merges[1] = merges[1], merges[0]
    other = Tokenizer(tokenizers.Tokenizer.from_str(json.dumps(definition)))
    assert not other.is_fast
    assert other.decode(other.encode("白日依山尽 twice")) == "白日依山尽 twice"


@pytest.mark.slow
def test_ten_megabytes_of_mixed_text_give_the_ids_of_tokenizers(
    shared_data: Path, bilingual_tokenizer: Tokenizer
) -> None:
    texts = list(_mixed_text(shared_data, 10_000_000))
    assert sum(len(text.encode()) for text in texts) >= 10_000_000
    reference = reference_of(bilingual_tokenizer)
    encoded = reference.encode_batch(texts, add_special_tokens=False)
    ours = bilingual_tokenizer.encode_batch(texts)
    assert all(ids.tolist() == other.ids for ids, other in zip(ours, encoded, strict=True))


def _mixed_text(shared_data: Path, num_bytes: int) -> Iterator[str]:
    """English and Chinese from the web, Wikipedia, questions and books, until there is enough."""
    text = shared_data / "text"
    with (text / "c4-demo" / "c4_demo.jsonl").open(encoding="utf-8") as lines:
        web = [json.loads(line)["text"] for line in lines]
    clue = text / "clue-corpus-small" / "CLUECorpusSmall_sampled.txt.gz"
    chinese = gzip.decompress(clue.read_bytes()).decode("utf-8").splitlines()
    with zipfile.ZipFile(text / "wikitext-2" / "wikitext-2-v1.zip") as archive:
        name = next(name for name in archive.namelist() if "train" in name)
        wiki = archive.read(name).decode("utf-8").split("\n = ")
    questions = (shared_data / "qa" / "xquad" / "xquad.zh.json").read_text(encoding="utf-8")
    taken = 0
    for piece in [*web, *chinese, questions, *wiki]:
        if taken >= num_bytes:
            return
        taken += len(piece.encode())
        yield piece
