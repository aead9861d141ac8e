"""One way to write the same text.

Comes in: documents as they were read. Goes out: the same documents in Unicode NFC (never NFKC,
which would rewrite Chinese punctuation), with line feeds only, without characters that nobody can
see, without trailing white space, and with mojibake repaired where that is safe. Applying the two
steps a second time changes nothing. Knows nothing of languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import ftfy
import numpy as np
import pyarrow as pa
from ftfy.badness import is_bad
from ftfy.fixes import fix_c1_controls

from yanmo.core.encoding import is_valid_unicode
from yanmo.corpus.normalise_scan import mark_mojibake, mark_unclean
from yanmo.corpus.steps import Rewritten
from yanmo.corpus.text_column import rewrite_where, text_buffers, with_text

_BREAKS = re.compile("\r\n?|[\v\f]")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\u200b\u2060\ufeff]")
_JOINERS = re.compile("[\u200c\u200d]")
_C1_CONTROLS = re.compile("[\x80-\x9f]")
_BLANK_LINES = re.compile("\n{4,}")
_TRAILING = " \t\u3000"  # no-break space stays here: it can be the last byte of mojibake

# Scripts in which a joiner changes how letters are drawn: Arabic, Syriac, N'Ko, Mongolian and the
# Indic scripts from Devanagari to Sinhala and Khmer.
_JOINING_SCRIPTS = re.compile(
    "[\u0600-\u07ff\u0840-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc]"
)
_BEFORE_EMOJI_JOINER = re.compile("[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff\U000e007f]")
_AFTER_EMOJI_JOINER = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")

_REPAIR_ONLY_MOJIBAKE = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    replace_lossy_sequences=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    fix_surrogates=False,
    remove_control_chars=False,
    normalization=None,
    explain=False,
)
_MAX_LINE_CHARACTERS = 100_000  # a longer line is repaired in pieces, to bound the time
_MAX_ROUNDS = 10  # text that still changes then is left as the last round gave it


def _keep_or_drop_joiner(match: re.Match[str]) -> str:
    """A zero-width joiner or non-joiner where it has an effect, else nothing."""
    text, at = match.string, match.start()
    before = text[at - 1] if at else ""
    after = text[at + 1] if at + 1 < len(text) else ""
    if _JOINING_SCRIPTS.match(before):
        return match.group()
    is_in_emoji = _BEFORE_EMOJI_JOINER.match(before) and _AFTER_EMOJI_JOINER.match(after)
    return match.group() if match.group() == "\u200d" and is_in_emoji else ""


def clean(text: str) -> str:
    """`text` in NFC, with line feeds as line ends, and without invisible and trailing characters.

    Control characters from U+0080 to U+009F stay: they are what `repair_mojibake` works on.
    """
    text = _BREAKS.sub("\n", text)
    text = _INVISIBLE.sub("", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        if _JOINERS.search(text):
            text = unicodedata.normalize("NFC", _JOINERS.sub(_keep_or_drop_joiner, text))
    text = "\n".join(line.rstrip(_TRAILING) for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n\n", text).strip("\n")


def repair_mojibake(text: str) -> str:
    """`text` with UTF-8 that was once read as a one-byte encoding put right.

    ASCII, and text in which nothing looks wrong, comes back as it is, at once.
    """
    if text.isascii():
        return text
    for _ in range(_MAX_ROUNDS):
        if not (_C1_CONTROLS.search(text) or is_bad(text)):
            break
        repaired = "\n".join(_repair_line(line) for line in text.split("\n"))
        repaired = clean(_C1_CONTROLS.sub("", fix_c1_controls(repaired)))
        if repaired == text:
            break
        text = repaired
    return text


def _repair_line(line: str) -> str:
    """One line put right; a very long one in pieces."""
    if line.isascii():
        return line
    step = _MAX_LINE_CHARACTERS
    pieces = (line[start : start + step] for start in range(0, len(line), step))
    repaired = "".join(ftfy.fix_encoding(piece, _REPAIR_ONLY_MOJIBAKE) for piece in pieces)
    return repaired if is_valid_unicode(repaired) else line


class CleanText:
    """Applies `clean`: NFC, line feeds, no invisible characters, no trailing white space."""

    name = "clean_text"

    def transform(self, batch: pa.RecordBatch) -> Rewritten:
        """The batch with every text cleaned."""
        return _rewrite(batch, mark_unclean, clean)


class RepairMojibake:
    """Applies `repair_mojibake`. Runs after `CleanText` and keeps what that one established."""

    name = "repair_mojibake"

    def transform(self, batch: pa.RecordBatch) -> Rewritten:
        """The batch with mojibake repaired."""
        return _rewrite(batch, mark_mojibake, repair_mojibake)


def _rewrite(
    batch: pa.RecordBatch, mark: Callable[..., None], function: Callable[[str], str]
) -> Rewritten:
    """The batch with `function` applied to every text that `mark` marks."""
    texts = text_buffers(batch["text"])
    marks = np.zeros(len(texts), dtype=np.bool_)
    mark(texts.data, texts.offsets, marks)
    column, num_changed = rewrite_where(batch["text"], marks, function)
    return Rewritten(with_text(batch, column) if num_changed else batch)
