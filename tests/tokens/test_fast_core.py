"""The fast core gives the ids that `tokenizers` gives, on every kind of text."""

from __future__ import annotations

import json

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


@settings(deadline=None, max_examples=300)
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
