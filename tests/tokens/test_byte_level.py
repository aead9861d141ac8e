"""The byte-level alphabet is that of GPT-2, one printable character for each byte."""

from __future__ import annotations

import pytest
from tokenizers import pre_tokenizers

from yanmo.tokens.byte_level import byte_of_character, bytes_of_entry


def test_alphabet_is_the_one_of_the_library() -> None:
    table = byte_of_character()
    assert set(table) == set(pre_tokenizers.ByteLevel.alphabet())
    assert sorted(table.values()) == list(range(256))


@pytest.mark.parametrize("text", ["a b", "研墨", "\n\x00\xad", "👩‍👧"])
def test_spelling_reads_back_as_the_bytes_of_the_text(text: str) -> None:
    splitter = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    spelling = "".join(piece for piece, _ in splitter.pre_tokenize_str(text))
    assert bytes_of_entry(spelling) == text.encode()


def test_other_characters_are_refused() -> None:
    with pytest.raises(KeyError):
        bytes_of_entry("墨")
