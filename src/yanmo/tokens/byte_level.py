"""The shape of our byte-level BPE: how text is split, how bytes are spelled, what stands where.

In: nothing. Out: an empty `tokenizers.Tokenizer`, and the table from vocabulary spellings to bytes.
Knows no text and no files.
"""

from __future__ import annotations

from functools import lru_cache

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

# The split of Qwen2 and its successors, to the letter: other engines recognise it by this pattern.
# It splits digits one by one and keeps runs of letters together, Chinese characters among them.
SPLIT_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def build_untrained_tokenizer() -> Tokenizer:
    """A byte-level BPE tokenizer without a vocabulary.

    There is no normaliser, on purpose: any normalisation (NFC too, which Qwen2 applies) changes
    some texts for good, and `decode(encode(text)) == text` must hold for every text. Repairing
    Unicode is the corpus's work, where it is counted. There is no unknown token, since every byte
    is in the vocabulary.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


@lru_cache(maxsize=1)
def byte_of_character() -> dict[str, int]:
    """Which byte each character of the byte-level alphabet stands for.

    The convention of GPT-2 (Radford et al. 2019): printable Latin-1 bytes stand for themselves,
    the other 68 are numbered upwards from U+0100, so that vocabulary files stay printable.
    """
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    table = {chr(byte): byte for byte in printable}
    table.update({chr(0x100 + index): byte for index, byte in enumerate(others)})
    return table


def bytes_of_entry(spelling: str) -> bytes:
    """The bytes that a learned vocabulary entry stands for.

    Raises:
        KeyError: `spelling` is not written in the byte-level alphabet.
    """
    table = byte_of_character()
    return bytes(table[character] for character in spelling)
