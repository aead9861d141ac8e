"""Which encoding bytes are in: UTF-8, UTF-16 or GB18030, else no answer.

Comes in: the first bytes of a file. Goes out: the name of a Python codec, or the reason why none
is given. GB18030 accepts nearly any bytes, so its answer is judged: Chinese repeats a few hundred
characters, and Big5, Shift-JIS, EUC-KR or Latin-1 read as GB18030 does not. A guess that would turn
somebody's text into rubbish is refused.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

SAMPLE_BYTES = 1_000_000
"""How many bytes of a file are looked at."""

# The characters that Chinese of any period repeats, simplified and traditional together.
_FREQUENT = frozenset(
    "的一是不了在人有我他这这這个個们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着著"
    "下自之年过過发發后後作里裡道行所然家种種事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進"
    "好小部其些主样樣理心她本前开開但因只从從想日军軍者意无無力它与與长長把机機十民第公此已工使情明性知全三又关關"
    "点點正业業外将將两兩高间間由问問很最重并物手应應向头頭文体體政美相见見被利什二等产產新己制身果加西"
    "月话話合回何东東南北山水风風云雲花春秋夜江声聲千万萬白青玉金红紅门門君今老归歸处處尽盡空酒情梦夢愁"
    "曰乎焉故矣吾子王夫非若则則安乐樂女马馬清香深寒雨光影烟煙独獨谁誰莫更却卻未幾几"
)
_CJK_PUNCTUATION = frozenset("，。、；：？！“”‘’《》〈〉「」『』（）【】〔〕—…·　～")
_PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_KANA = re.compile("[\u3041-\u30fa]")
_MULTI_BYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")

_MIN_FREQUENT_FRAC = 0.2
_MIN_CHINESE_FRAC = 0.85
_MAX_PRIVATE_FRAC = 0.01
_MAX_KANA_FRAC = 0.05
_MAX_DAMAGED_FRAC = 0.3
_MIN_LATIN_FRAC = 0.9


@dataclass(frozen=True, slots=True)
class Encoding:
    """The answer: a codec, or why there is none.

    Args:
        codec: the name of a Python codec that also takes care of a byte order mark, or None.
        is_binary: the bytes are no text at all; only where `codec` is None.
    """

    codec: str | None
    is_binary: bool = False


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
    if _decode(sample, "utf-8", is_whole) is not None:
        return Encoding("utf-8-sig")
    text = _decode(sample, "gb18030", is_whole)
    if text is not None and is_chinese(text):
        return Encoding("gb18030")
    return Encoding("utf-8-sig" if _is_damaged_utf8(sample) else None)


def is_chinese(text: str) -> bool:
    """Whether text read as GB18030 is what a Chinese writer would have written.

    Most of what is not ASCII must be Han characters or Chinese punctuation, enough of it must be
    among the most frequent characters, and next to nothing may be private use or kana.
    """
    foreign = [character for character in text if character > "\x7f"]
    if not foreign:
        return False
    total = len(foreign)
    num_frequent = sum(c in _FREQUENT or c in _CJK_PUNCTUATION for c in foreign)
    num_chinese = sum(
        "\u4e00" <= c <= "\u9fff"
        or "\u3400" <= c <= "\u4dbf"
        or "\uff01" <= c <= "\uff5e"
        or c in _CJK_PUNCTUATION
        for c in foreign
    )
    return (
        num_chinese >= _MIN_CHINESE_FRAC * total
        and num_frequent >= _MIN_FREQUENT_FRAC * total
        and len(_PRIVATE_USE.findall(text)) <= _MAX_PRIVATE_FRAC * total
        and len(_KANA.findall(text)) <= _MAX_KANA_FRAC * total
    )


def is_valid_unicode(text: str) -> bool:
    """Whether the text can be written as UTF-8: it holds no lone surrogate."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _decode(sample: bytes, codec: str, is_whole: bool) -> str | None:
    """The sample decoded strictly, or None; a character cut off at the end is forgiven."""
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        return decoder.decode(sample, final=is_whole)
    except UnicodeDecodeError:
        return None


def _is_damaged_utf8(sample: bytes) -> bool:
    """Whether the bytes are UTF-8 but for a few broken places."""
    num_characters = len(_MULTI_BYTE.findall(sample))
    num_stray_bytes = len(_HIGH_BYTE.findall(_MULTI_BYTE.sub(b"", sample)))
    return num_stray_bytes <= _MAX_DAMAGED_FRAC * num_characters


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
