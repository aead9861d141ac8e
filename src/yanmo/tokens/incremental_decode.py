"""Text out of ids one at a time, for a tokenizer whose tokens are not bytes.

In: a function that decodes whole sequences. Out: pieces whose join is what it gives for all ids
together. Only the ids since the last piece but one are decoded again, so a long text costs time in
proportion to its length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

UNKNOWN_CHARACTER = "\ufffd"


class WindowStream:
    """Decodes a stream of ids through a window.

    Args:
        decode: ids to text; what an id adds may depend on the id before it and on coming first.
        is_skipped: ids that leave no text.
        is_open: ids after which the text may still change, such as the byte of a character: they
            wait for one that closes them.
    """

    def __init__(
        self,
        decode: Callable[[Sequence[int]], str],
        *,
        is_skipped: Callable[[int], bool],
        is_open: Callable[[int], bool],
    ) -> None:
        self._decode = decode
        self._is_skipped = is_skipped
        self._is_open = is_open
        self._before: list[int] = []
        self._text_before = ""
        self._waiting: list[int] = []

    def push(self, token_id: int) -> str:
        """The text that is certain now and was not before.

        Raises:
            DataError: the id is not in the vocabulary.
        """
        if self._is_skipped(token_id):
            return ""
        self._waiting.append(token_id)
        return "" if self._is_open(token_id) else self._release(is_last=False)

    def finish(self) -> str:
        """What is left. Starts afresh."""
        text = self._release(is_last=True) if self._waiting else ""
        self._before, self._text_before, self._waiting = [], "", []
        return text

    def _release(self, *, is_last: bool) -> str:
        text = self._decode([*self._before, *self._waiting])
        is_settled = text.startswith(self._text_before) and not text.endswith(UNKNOWN_CHARACTER)
        if not (is_settled or is_last):
            return ""
        new = text[len(self._text_before) :]
        self._before, self._waiting = self._waiting, []
        self._text_before = self._decode(self._before)
        return new
