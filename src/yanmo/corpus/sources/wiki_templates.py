"""Templates of wikitext: the few that stand for words, and infoboxes as "name: value" lines.

Comes in: what stands between `{{` and `}}`, with everything nested in it already resolved. Goes
out: the words that a reader sees, or "". Most templates are notices, boxes and references, which go
without a trace. Knows nothing of brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable

PIPE = "\ue002"
"""Stands for a bar that is text, while bars still separate."""

_NAMED = re.compile(r"\s*([^=|<>\[\]{}\n]{1,60}?)\s*=(.*)", re.DOTALL)
_SPACE = re.compile(r"\s+")
_LIST_LINE = re.compile(r"\s*\n+\s*[*#:;]*\s*|^\s*[*#]+\s*|<br\s*/?>")
_INFOBOX = re.compile(
    r"infobox|.* infobox|geobox|taxobox|automatic taxobox|speciesbox|chembox|drugbox|信息框.*|"
    r".*信息框|.*資訊框|.*инфо.*|.*карточка.*|.*шаблон.*",
)
_FIELD_NOT_FOR_READERS = re.compile(
    r".*(?:image|img|photo|picture|logo|caption|size|width|height|\balt\b|colou?r|style|\bmap\b"
    r"|map_|_map|pushpin|coord|lat[dms]|long[dms]|lat_|lon_|latd|flag|signature|icon|website|url"
    r"|footnotes|embed|изображение|картинка|образ|图像|圖像|图片|圖片|описание).*",
    re.IGNORECASE,
)
_MAX_VALUE_CHARACTERS = 500


def text_of_template(content: str) -> str:
    """The words that a template stands for; "" for nearly all of them."""
    name, _, rest = content.partition("|")
    name = _SPACE.sub(" ", name.replace("_", " ")).strip().lower()
    if name in _FIXED:
        return _FIXED[name]
    if name.startswith(("lang-", "lang ", "langx")) and name != "langx":
        return _first(_positional(rest))
    if name.startswith("formatnum:"):
        return name.removeprefix("formatnum:")
    if (render := _RENDERED.get(name)) is not None:
        return render(_positional(rest))
    return ""


def fields_of_infobox(content: str) -> list[str]:
    """The fields of an infobox, each as a line "name: value"; none where it is no infobox."""
    name, _, rest = content.partition("|")
    name = _SPACE.sub(" ", name.replace("_", " ")).strip().lower()
    if not name.startswith("infobox") and not _INFOBOX.fullmatch(name):
        return []
    lines: list[str] = []
    for part in rest.split("|"):
        match = _NAMED.match(part)
        if match is None:
            continue
        key = match.group(1).replace("_", " ").strip()
        value = _SPACE.sub(" ", _LIST_LINE.sub("; ", match.group(2).strip())).strip(" ;,")
        is_wanted = not _FIELD_NOT_FOR_READERS.fullmatch(match.group(1))
        if key and value and is_wanted and len(value) <= _MAX_VALUE_CHARACTERS:
            lines.append(f"{key}: {value}")
    return lines


def _positional(rest: str) -> list[str]:
    """The parameters that have no name, or a number for a name."""
    found: list[str] = []
    for part in rest.split("|"):
        match = _NAMED.match(part)
        if match is None:
            found.append(part.strip())
        elif match.group(1).strip().isdigit():
            found.append(match.group(2).strip())
    return found


def _first(parts: list[str]) -> str:
    return parts[0] if parts else ""


def _second(parts: list[str]) -> str:
    return parts[1] if len(parts) > 1 else _first(parts)


def _last(parts: list[str]) -> str:
    return parts[-1] if parts else ""


def _all(parts: list[str]) -> str:
    return ", ".join(part for part in parts if part)


def _converted(parts: list[str]) -> str:
    """A measure as it was written: `{{convert|5|to|10|km|mi}}` is "5 to 10 km"."""
    shown = parts[:2]
    if len(parts) > 3 and parts[1] in ("to", "and", "or", "by", "x", "-", "–", "to(-)", "×"):
        shown = parts[:4]
    return " ".join(shown)


def _fraction(parts: list[str]) -> str:
    numbers = [part for part in parts if part]
    if len(numbers) == 3:
        return f"{numbers[0]} {numbers[1]}/{numbers[2]}"
    return "/".join(numbers) if len(numbers) != 1 else f"1/{numbers[0]}"


def _date(parts: list[str]) -> str:
    return "-".join(part.zfill(2) for part in parts[:3] if part.isdigit())


def _about(parts: list[str]) -> str:
    return f"c. {_first(parts)}" if _first(parts) else "c."


def _as_of(parts: list[str]) -> str:
    return "As of " + " ".join(reversed([part for part in parts[:3] if part]))


def _per_names(
    *groups: tuple[str, Callable[[list[str]], str]],
) -> dict[str, Callable[[list[str]], str]]:
    return {name: render for names, render in groups for name in names.split("/")}


_FIXED = {
    "!": PIPE,
    "=": "=",
    "'": "'",
    "' \"": "'",
    '"': '"',
    "nbsp": " ",
    "space": " ",
    "pipe": PIPE,
    "ndash": "–",
    "mdash": "—",
    "en dash": "–",
    "em dash": "—",
    "snd": " – ",
    "spnd": " – ",
    "spaced ndash": " – ",
    "spaced en dash": " – ",
    "spaced mdash": " — ",
    "dash": "–",
    "--": "—",
    "–": "–",
    "—": "—",
    "·": " · ",
    "•": " • ",
    "dot": " · ",
    "bull": " • ",
    "ellipsis": "…",
    "...": "…",
    "times": "×",
    "minus": "−",
    "bc": "BC",
    "ad": "AD",
}
_RENDERED = _per_names(
    (
        "nowrap/nobr/small/smaller/big/larger/em/strong/b/i/sup/sub/abbr/tooltip/abbrlink/mono/kbd"
        "/code/tt/samp/var/val/gaps/num/angbr/ill/interlanguage link/illm/link-en/le/quote"
        "/blockquote/cquote/quotation/rquote/bquote/talkquote/poemquote/nihongo/nihongo2/flag"
        "/flagcountry/ship/hms/uss/no italic/noitalic/smallcaps/sc/allcaps/uc/title case/unicode"
        "/script/hebrew/ipa link/nastaliq/blue/red/green/color box/sic/visible anchor"
        "/vanchor/anchored/asiantitle/linktext/jct/rp-text/wikt-lang/polytonic/cslist/en/bg/de/fr/ru/es/it"
        "/internal link helper/internal link helper/en/link-wd/标题/小/大/nowrap begin",
        _first,
    ),
    (
        "lang/langx/rtl-lang/transl/transliteration/tsl/zhl/language/color/colour/font color",
        _second,
    ),
    ("ruby/rubytext/ruby-zh-p/zy/nihongo3/wikt", _first),
    ("hlist/ubl/ublist/unbulleted list/plainlist/flatlist/unbulleted/cslist", _all),
    ("convert/cvt/conv", _converted),
    ("frac/fraction/sfrac/⁄", _fraction),
    ("circa/c./ca/ca./c", _about),
    ("as of/asof", _as_of),
    (
        "birth date/birth date and age/death date/death date and age/start date/end date/dob/bda"
        "/start date and age/birth-date/death-date/film date/date",
        _date,
    ),
)
