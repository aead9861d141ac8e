"""Which encoding bytes are in, with how much certainty.

Comes in: the first bytes of a text. Goes out: the name of a Python codec and a confidence, or the
reason why none is given. UTF-8 and UTF-16 prove themselves. The older encodings accept nearly any
bytes, so each reading is judged: Chinese and Japanese repeat a few hundred characters, and Latin
text in a wrong reading holds letters that no one language has. A reading that would turn somebody's
text into rubbish is refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from yanmo.core.encoding_characters import (
    CJK_PUNCTUATION,
    FREQUENT_CHINESE,
    FREQUENT_HANGUL,
    FREQUENT_KANJI,
    LATIN_PUNCTUATION,
    SHARED_LETTERS,
    WESTERN_LETTERS,
)

SAMPLE_BYTES = 1_000_000
"""How many bytes of a file are looked at."""

MIN_CONFIDENCE = 0.5
"""A reading that is less certain than this is refused."""

_MAX_JUDGED_CHARACTERS = 20_000
_PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_KANA = re.compile("[\u3041-\u30fa]")
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]")
_C1_CONTROL = re.compile("[\x80-\x9f]")
_MULTI_BYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_BETWEEN_LETTERS = re.compile("(?<=[a-z])[^\x00-\x7f](?=[a-z])")
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")

_MIN_FREQUENT_FRAC = 0.2
_MIN_CHINESE_FRAC = 0.85
_MAX_PRIVATE_FRAC = 0.01
_MAX_KANA_FRAC = 0.05
_MIN_KANA_FRAC = 0.15
_MAX_BETWEEN_LETTERS_FRAC = 0.1
_MAX_HALF_WIDTH_FRAC = 0.1
_MAX_DAMAGED_FRAC = 0.3
_SLIGHTLY_DAMAGED_FRAC = 0.02
_MIN_LATIN_FRAC = 0.9
_MAX_HIGH_FRAC = 0.25
_MIN_EXPLAINED_FRAC = 0.97
_SURE_MARGIN = 0.3


@dataclass(frozen=True, slots=True)
class Encoding:
    """The answer: a codec, or why there is none.

    Args:
        codec: the name of a Python codec that also takes care of a byte order mark, or None.
        is_binary: the bytes are no text at all; only where `codec` is None.
        confidence: from 0 to 1; 1 for the encodings that prove themselves.
    """

    codec: str | None
    is_binary: bool = False
    confidence: float = 1.0


def detect_encoding(sample: bytes, *, is_whole: bool = False) -> Encoding:
    """The encoding of a text that begins with `sample`.

    Args:
        sample: up to `SAMPLE_BYTES` bytes from the start of the text.
        is_whole: nothing follows the sample, so it cannot end inside a character.
    """
    if sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return Encoding("utf-32")
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("utf-16") if _decode(sample, "utf-16", is_whole) else Encoding(None, True)
    if b"\0" in sample:
        codec = _utf16_without_mark(sample, is_whole)
        return Encoding(codec, is_binary=codec is None)
    if _ISO_2022_JP.search(sample) and _decode(sample, "iso2022_jp", is_whole) is not None:
        return Encoding("iso2022_jp")
    if _decode(sample, "utf-8", is_whole) is not None:
        return Encoding("utf-8-sig")
    stray_frac = _stray_frac(sample)
    if stray_frac <= _SLIGHTLY_DAMAGED_FRAC:
        return Encoding("utf-8-sig")
    found = _best_reading(sample, is_whole)
    if found.codec is None and stray_frac <= _MAX_DAMAGED_FRAC:
        return Encoding("utf-8-sig")
    return found


def is_chinese(text: str) -> bool:
    """Whether text read as GB18030 or Big5 is what a Chinese writer would have written.

    Most of what is not ASCII must be Han characters or Chinese punctuation, enough of it must be
    among the most frequent characters, and next to nothing may be private use or kana.
    """
    return _judge_chinese(text, _beyond_ascii(text)).score > 0


def is_valid_unicode(text: str) -> bool:
    """Whether the text can be written as UTF-8: it holds no lone surrogate."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Judgement:
    """How convincing one reading of some bytes is.

    Args:
        score: the share of what is not ASCII that is usual in the language; 0 refuses the reading.
        evidence: how many characters speak for it.
    """

    score: float
    evidence: float


_NO = _Judgement(0.0, 0.0)


def _best_reading(sample: bytes, is_whole: bool) -> Encoding:
    """The most convincing reading of bytes that are neither UTF-8 nor UTF-16.

    The confidence grows with the lead over the next best encoding and with the evidence.
    """
    found: list[tuple[_Judgement, str]] = []
    for names, judge in _READINGS:
        for codec in names:
            text = _decode(sample, codec, is_whole)
            if text is not None:
                foreign = _beyond_ascii(text)
                found.append((judge(text, foreign) if foreign else _NO, codec))
                break
    found.sort(key=lambda reading: reading[0].score, reverse=True)
    if not found or found[0][0].score <= 0:
        return Encoding(None)
    best, codec = found[0]
    margin = best.score - (found[1][0].score if len(found) > 1 else 0.0)
    confidence = min(1.0, margin / _SURE_MARGIN) * best.evidence / (best.evidence + 0.5)
    if confidence < MIN_CONFIDENCE:
        return Encoding(None)
    return Encoding(codec, confidence=round(confidence, 3))


def _judge_chinese(text: str, foreign: list[str]) -> _Judgement:
    """Han characters that are frequent in Chinese, and next to no kana."""
    total = len(foreign)
    num_punctuation = sum(c in CJK_PUNCTUATION for c in foreign)
    num_chinese = num_punctuation + sum(
        "\u4e00" <= c <= "\u9fff" or "\u3400" <= c <= "\u4dbf" or "\uff01" <= c <= "\uff5e"
        for c in foreign
        if c not in CJK_PUNCTUATION
    )
    num_frequent = num_punctuation + sum(c in FREQUENT_CHINESE for c in foreign)
    is_it = (
        num_chinese >= _MIN_CHINESE_FRAC * total
        and num_frequent >= _MIN_FREQUENT_FRAC * total
        and len(_KANA.findall(text)) <= _MAX_KANA_FRAC * total
        and _stands_apart(text, total)
    )
    return _Judgement(num_frequent / total, total) if is_it else _NO


def _judge_japanese(text: str, foreign: list[str]) -> _Judgement:
    """Kana, and kanji that are frequent in Japanese."""
    total = len(foreign)
    num_kana = len(_KANA.findall(text))
    num_frequent = num_kana + sum(c in FREQUENT_KANJI or c in CJK_PUNCTUATION for c in foreign)
    is_it = (
        num_kana >= _MIN_KANA_FRAC * total
        and len(_HALF_WIDTH_KANA.findall(text)) <= _MAX_HALF_WIDTH_FRAC * total
        and _stands_apart(text, total)
    )
    return _Judgement(num_frequent / total, total) if is_it else _NO


def _judge_korean(text: str, foreign: list[str]) -> _Judgement:
    """Hangul syllables that are frequent in Korean."""
    total = len(foreign)
    num_hangul = sum("\uac00" <= c <= "\ud7a3" for c in foreign)
    num_frequent = sum(c in FREQUENT_HANGUL or c in CJK_PUNCTUATION for c in foreign)
    is_it = (
        num_hangul >= _MIN_CHINESE_FRAC * total
        and num_frequent >= _MIN_FREQUENT_FRAC * total
        and _stands_apart(text, total)
    )
    return _Judgement(num_frequent / total, total) if is_it else _NO


def _stands_apart(text: str, total: int) -> bool:
    """Whether characters of East Asia stand among their like: they are no letters with marks of a
    European language, whose neighbours are ASCII letters; and few are of private use."""
    return (
        len(_BETWEEN_LETTERS.findall(text)) <= _MAX_BETWEEN_LETTERS_FRAC * total
        and len(_PRIVATE_USE.findall(text)) <= _MAX_PRIVATE_FRAC * total
    )


def _judge_western(text: str, foreign: list[str]) -> _Judgement:
    """Letters with marks that one language of western Europe has, few beside ASCII letters.

    Czech, Polish or Turkish in a wrong reading has letters from everywhere. Letters that the other
    Latin code pages have in the same place are full evidence, the others a fifth of it.
    """
    num_letters = sum(c.isalpha() for c in text)
    high_letters = [c for c in foreign if c not in LATIN_PUNCTUATION]
    if len(high_letters) > _MAX_HIGH_FRAC * num_letters or _C1_CONTROL.search(text):
        return _NO
    known = _letters_known_to(text)
    explained = max(sum(c in letters for c in high_letters) for letters in known)
    share = (explained + len(foreign) - len(high_letters)) / len(foreign)
    if share < _MIN_EXPLAINED_FRAC or not _has_no_odd_capitals(text):
        return _NO
    num_shared = sum(c in LATIN_PUNCTUATION or c in SHARED_LETTERS for c in foreign)
    return _Judgement(share, num_shared + (len(foreign) - num_shared) / 5)


def _letters_known_to(text: str) -> list[frozenset[str]]:
    """The letters of each language. Portuguese writes õ only before e; other text that has one
    elsewhere is Hungarian in a wrong reading, unless it is Estonian."""
    if _TILDE_WITHOUT_E.search(text) is None:
        return list(WESTERN_LETTERS.values())
    return [known for name, known in WESTERN_LETTERS.items() if name != "Portuguese"]


def _has_no_odd_capitals(text: str) -> bool:
    """Whether high capitals stand as capitals do, not inside small letters (as in MacRoman)."""
    odd = len(_ODD_CAPITAL.findall(text))
    return odd <= 0.03 * max(1, len(_HIGH_LETTER.findall(text)))


_ODD_CAPITAL = re.compile("[a-z][À-ÖØ-Þ](?![A-ZÀ-ÖØ-Þ])|[a-z][À-ÖØ-Þ][a-z]")
_TILDE_WITHOUT_E = re.compile("[õÕ](?![eE])")
_HIGH_LETTER = re.compile("[À-ÖØ-öø-ÿ]")

_READINGS: tuple[tuple[tuple[str, ...], Callable[[str, list[str]], _Judgement]], ...] = (
    (("gb18030",), _judge_chinese),
    (("big5", "cp950", "big5hkscs"), _judge_chinese),
    (("shift_jis", "cp932"), _judge_japanese),
    (("euc_jp",), _judge_japanese),
    (("euc_kr", "cp949"), _judge_korean),
    (("cp1252",), _judge_western),
)
"""The encodings that are tried, each with its variants, narrowest first, and its judge."""


def _beyond_ascii(text: str) -> list[str]:
    """The characters of a text that are not ASCII, up to as many as are judged."""
    return [c for c in text[: 20 * _MAX_JUDGED_CHARACTERS] if c > "\x7f"][:_MAX_JUDGED_CHARACTERS]


def _decode(sample: bytes, codec: str, is_whole: bool) -> str | None:
    """The sample decoded strictly, or None; a character cut off at the end is forgiven."""
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        return decoder.decode(sample, final=is_whole)
    except UnicodeDecodeError:
        return None


def _stray_frac(sample: bytes) -> float:
    """How many bytes are out of place if this is UTF-8, for each character beyond ASCII."""
    num_characters = len(_MULTI_BYTE.findall(sample))
    num_stray_bytes = len(_HIGH_BYTE.findall(_MULTI_BYTE.sub(b"", sample)))
    return num_stray_bytes / num_characters if num_characters else float(num_stray_bytes)


def _utf16_without_mark(sample: bytes, is_whole: bool) -> str | None:
    """`utf-16-le` or `utf-16-be` where that gives Latin or Chinese text, else None."""
    for codec in ("utf-16-le", "utf-16-be"):
        text = _decode(sample, codec, is_whole)
        if text and "\0" not in text and (_is_latin(text) or is_chinese(text)):
            return codec
    return None


def _is_latin(text: str) -> bool:
    """Whether nearly all characters are of the Latin alphabet or in its company."""
    return sum(character < "\u0250" for character in text) >= _MIN_LATIN_FRAC * len(text)
