"""Text as it may be shown while it is written: nothing that may still begin a stop string.

In: pieces of whole characters. Out: what is certain. Knows no tokens.
"""

from __future__ import annotations

from collections.abc import Sequence


class StopStrings:
    """Holds text back until it is certain that no stop string begins in it.

    Of several stop strings the one that begins first counts, however the text came in pieces: a
    short one inside what may still become a longer one waits.

    Args:
        words: the stop strings; empty ones are passed over.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = [word for word in words if word]
        self._longest = max(map(len, self._words), default=0)
        self._held = ""
        self.is_stopped = False

    def push(self, text: str, *, is_last: bool = False) -> str:
        """What may be shown now that `text` has come; with `is_last` nothing waits any more.

        After a stop string, `is_stopped` is set and nothing else is shown.
        """
        if self.is_stopped:
            return ""
        if not self._words:
            return text
        text = self._held + text
        found = min(
            (place for place in map(text.find, self._words) if place >= 0), default=len(text)
        )
        open_from = found if is_last else self._first_beginning(text, found)
        if open_from < found:
            self._held = text[open_from:]
            return text[:open_from]
        self._held = ""
        self.is_stopped = found < len(text)
        return text[:found]

    def _first_beginning(self, text: str, end: int) -> int:
        """Where before `end` the text breaks off inside a stop string, first; `end` if nowhere."""
        for place in range(max(0, len(text) - self._longest + 1), end):
            if any(word.startswith(text[place:]) for word in self._words):
                return place
        return end
