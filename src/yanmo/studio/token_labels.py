"""What tokens look like to people: the text that each adds, and a label for one that stands alone.

In: a tokenizer and ids. Out: text. A character may be spread over several tokens: all but the last
of them add nothing, so the pieces, joined, are the text.
"""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.tokens.text_codec import TextCodec, TextStream

REPLACEMENT = "\ufffd"


class TokenLabels:
    """Labels of the tokens of one tokenizer, remembered.

    Args:
        codec: the tokenizer.
    """

    def __init__(self, codec: TextCodec) -> None:
        self._codec = codec
        self._labels: dict[int, str] = {}
        anchor = codec.encode("a")
        self._anchor = anchor[-1:]
        self._anchor_text = codec.decode(self._anchor)

    def is_special(self, token_id: int) -> bool:
        """Whether it is a control token."""
        return self._codec.is_special(token_id)

    def label(self, token_id: int) -> str:
        """What one token adds to a text; of a control token its spelling, of a part of a character
        its bytes in angle brackets."""
        if token_id not in self._labels:
            self._labels[token_id] = self._spell(token_id)
        return self._labels[token_id]

    def _spell(self, token_id: int) -> str:
        if token_id >= self._codec.vocab_size:
            return f"<{token_id}>"
        if self._codec.is_special(token_id):
            return self._codec.decode([token_id], skip_special_tokens=False)
        text = self._codec.decode([*self._anchor, token_id])
        if text.startswith(self._anchor_text):
            text = text[len(self._anchor_text) :]
        if REPLACEMENT in text:
            token_bytes = getattr(self._codec, "token_bytes", None)
            if token_bytes is not None:
                return "<" + " ".join(f"{byte:02X}" for byte in token_bytes(token_id)) + ">"
        return text

    def pieces(self, ids: Sequence[int], stream: TextStream) -> list[str]:
        """What each of `ids` adds to the text of `stream`; of control tokens the spelling."""
        return [
            self.label(number) if self.is_special(number) else stream.push(number) for number in ids
        ]
