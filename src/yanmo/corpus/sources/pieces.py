"""Long texts cut into documents.

Comes in: the lines of one text. Goes out: pieces of bounded length that together are the text, cut
where it reads best. Knows nothing of files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_SENTENCE_END = re.compile(r"[。！？；…]+[”’」』）]*|[.!?;]+[\"')]*\s+")
_SPACE = re.compile(r"\s+")
_NEAR_END = 400


def cut_into_pieces(lines: Iterable[str], max_characters: int | None) -> Iterator[str]:
    """The text of `lines` in pieces of at most `max_characters`; joined, they are the text.

    A piece ends at the last blank line that fits; without one, at the last line end, sentence end
    or space. None gives one piece.
    """
    if max_characters is None:
        yield "".join(lines)
        return
    waiting: list[str] = []
    num_waiting = 0
    for line in lines:
        waiting.append(line)
        num_waiting += len(line)
        if num_waiting > max_characters:
            text = "".join(waiting)
            start = 0
            while len(text) - start > max_characters:
                end = _place_to_cut(text, start, start + max_characters)
                yield text[start:end]
                start = end
            waiting, num_waiting = [text[start:]], len(text) - start
    if num_waiting:
        yield "".join(waiting)


def _place_to_cut(text: str, start: int, limit: int) -> int:
    """The best place after `start` and up to `limit` at which to end a piece."""
    last_line = text.rfind("\n", start, limit)
    if last_line >= 0:
        cut = _end_of_blank_line(text, start, last_line)
        return last_line + 1 if cut is None else cut
    for pattern in (_SENTENCE_END, _SPACE):
        for begin in (max(start, limit - _NEAR_END), start):  # the last one is near the end
            if (cut := _last_end(pattern, text, begin, limit)) is not None:
                return cut
    return limit


def _end_of_blank_line(text: str, start: int, end: int) -> int | None:
    """The end of the last blank line that ends with a line feed at `end` or before, or None."""
    while (before := text.rfind("\n", start, end)) >= 0:
        if not text[before + 1 : end].strip(" \t\r\u3000"):
            return end + 1
        end = before
    return None


def _last_end(pattern: re.Pattern[str], text: str, start: int, limit: int) -> int | None:
    """The end of the last match of `pattern` between `start` and `limit`, or None."""
    end = None
    for match in pattern.finditer(text, start, limit):
        end = match.end()
    return end
