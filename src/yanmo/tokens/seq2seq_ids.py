"""What an encoder reads of a source, and what a decoder is to write of a target, as ids.

Models of ours were trained on sources and targets that end in end-of-text; other models get what
their own tokenizer puts around a text.
"""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.tokens.text_codec import TextCodec
from yanmo.tokens.tokenizer import Tokenizer


def source_ids_of(codec: TextCodec, source: str | Sequence[int]) -> list[int]:
    """The ids that an encoder reads: the source, a text or its ids, and its end."""
    if isinstance(codec, Tokenizer):
        ids = codec.encode(source) if isinstance(source, str) else source
        return [*ids, codec.eos_id]
    return codec.with_specials(source)


def target_ids_of(codec: TextCodec, target: str) -> list[int]:
    """The ids that a decoder is to write: the target, and the end at which writing stops."""
    ends = [codec.eos_id] if isinstance(codec, Tokenizer) else sorted(codec.eos_ids)[:1]
    return [*codec.encode(target), *ends]
