"""Kinds of junk to plant among real documents, English and Chinese.

Each kind is a function of a real text and a random state that gives a text of about the same size
which nobody wants to learn from. Used by the benchmarks and by the tests of the quality rules.
"""

from __future__ import annotations

import base64
import random
import re
import string
from collections.abc import Callable

Noise = Callable[[str, random.Random], str]

_SYMBOLS = "#@$%^&*~=+|<>_/\\-!?:;.,()[]{}"
_ENGLISH_MENU = (
    "Home,News,Sports,Weather,Opinion,Politics,Business,Technology,Entertainment,Health,Science,"
    "Travel,Food,Style,Video,Photos,Podcasts,Newsletters,Events,Jobs,Classifieds,Obituaries,"
    "Archives,Contact Us,About Us,Advertise,Subscribe,Log In,Register,My Account,Search,Menu,"
    "Privacy Policy,Terms of Service,Site Map,RSS,Facebook,Twitter,Instagram,YouTube,Share,Print,"
    "Email,Next,Previous,View All,Read More,Sign Up,Help,FAQ,Cart,Checkout"
)
_CHINESE_MENU = (
    "首页,新闻,国内,国际,军事,财经,股票,基金,娱乐,明星,电影,电视剧,体育,足球,篮球,科技,手机,数码,汽车,"
    "房产,教育,高考,健康,养生,旅游,美食,时尚,女性,母婴,游戏,视频,直播,图片,论坛,博客,专题,排行,登录,注册,"
    "帮助,关于我们,联系我们,网站地图,广告服务,招聘信息,客户端,手机版,微博,微信,更多,下一页,上一页,返回顶部,"
    "加入收藏,设为首页,分享到,相关阅读,热门推荐,版权所有,免责声明,责任编辑"
)


def repeated_lines(text: str, rng: random.Random) -> str:
    """The same few lines over and over, among a few real ones."""
    lines = [line for line in text.split("\n") if line.strip()] or [text]
    few = [line[:200] for line in rng.sample(lines, min(2, len(lines)))]
    return "\n".join([*lines[:1], *few * rng.randint(6, 12)])


def repeated_phrase_en(text: str, rng: random.Random) -> str:
    """A phrase that comes back in every sentence, as on pages written for search engines."""
    words = text.split() or ["buy"]
    start = rng.randrange(max(len(words) - 8, 1))
    phrase = " ".join(words[start : start + rng.randint(4, 7)])
    parts = [" ".join(rng.sample(words, min(4, len(words)))) for _ in range(25)]
    return " ".join(f"{part} {phrase}." for part in parts)


def repeated_phrase_zh(text: str, rng: random.Random) -> str:
    """The same in Chinese."""
    plain = re.sub(r"[\W_]+", "", text) or "买"
    start = rng.randrange(max(len(plain) - 12, 1))
    phrase = plain[start : start + rng.randint(6, 12)]
    parts = []
    for _ in range(30):
        at = rng.randrange(len(plain))
        parts.append(plain[at : at + rng.randint(3, 8)])
    return "，".join(f"{part}{phrase}" for part in parts) + "。"


def menu_en(_text: str, rng: random.Random) -> str:
    """A menu, one entry a line or separated by bars."""
    entries = rng.choices(_ENGLISH_MENU.split(","), k=rng.randint(40, 120))
    return rng.choice(["\n", " | ", " › "]).join(entries)


def menu_zh(_text: str, rng: random.Random) -> str:
    """The same in Chinese."""
    entries = rng.choices(_CHINESE_MENU.split(","), k=rng.randint(40, 150))
    return rng.choice(["\n", " | ", " ", "　"]).join(entries)


def symbols(text: str, rng: random.Random) -> str:
    """Rules, frames and signs, with some of the words left."""
    pieces = []
    for word in (text.split() or [text])[:80]:
        pieces.append(rng.choice(_SYMBOLS) * rng.randint(2, 12))
        if rng.random() < 0.3:
            pieces.append(word[:20])
    return " ".join(pieces)


def digits(_text: str, rng: random.Random) -> str:
    """A table of numbers."""
    rows = rng.randint(15, 60)
    return "\n".join(
        " ".join(f"{rng.uniform(0, 10000):.2f}" for _ in range(rng.randint(4, 9)))
        for _ in range(rows)
    )


def gibberish_en(text: str, rng: random.Random) -> str:
    """Random letters in the shape of words."""
    return " ".join(
        "".join(rng.choices(string.ascii_lowercase, k=max(len(word), 1)))
        for word in (text.split() or ["x"])[:300]
    )


def gibberish_zh(text: str, rng: random.Random) -> str:
    """Random frequent characters with the text's own punctuation."""
    first, last = 0xB0A1, 0xD7F9  # level 1 of GB 2312
    made = []
    for character in text[:800]:
        if not character.isalnum():
            made.append(character)
            continue
        code = rng.randrange(first >> 8, (last >> 8) + 1) << 8 | rng.randrange(0xA1, 0xFA)
        made.append(code.to_bytes(2, "big").decode("gb2312", "ignore"))
    return "".join(made)


def mojibake_en(text: str, rng: random.Random) -> str:
    """Typographic signs read in the wrong encoding, or bytes that were lost."""
    if rng.random() < 0.5:
        wrong = ["â€™", "â€œ", "â€\x9d", "Â ", "â€“", "Ã©"]
        return re.sub(r"[ ,.'\"-]", lambda m: m[0] + rng.choice(wrong) * (rng.random() < 0.3), text)
    return "".join("\ufffd" if rng.random() < 0.08 else c for c in text)


def mojibake_zh(text: str, rng: random.Random) -> str:
    """Chinese read in one of the encodings that it was not written in."""
    kind = rng.randrange(5)
    if kind == 0:
        return text.encode("utf-8").decode("gb18030", "replace")
    if kind == 1:
        return text.encode("gb18030").decode("utf-8", "replace")
    if kind == 2:
        return text.encode("utf-8").decode("latin-1")
    if kind == 3:
        return text.encode("gb18030").decode("latin-1")
    return "".join(c + "锟斤拷" * (rng.random() < 0.06) for c in text)


def keywords_en(text: str, rng: random.Random) -> str:
    """Words for search engines, without a sentence."""
    words = re.findall(r"[A-Za-z]{5,}", text) or ["price"]
    return ", ".join(rng.choices(words, k=rng.randint(60, 200)))


def keywords_zh(text: str, rng: random.Random) -> str:
    """The same in Chinese: content words of two to four characters."""
    plain = re.sub(r"[\W_的了着们这那是在不有和与就都而以于为其]+", " ", text)
    words = [w[i : i + 2] for w in plain.split() for i in range(0, len(w) - 1, 2)] or ["价格"]
    return rng.choice([" ", "\n", "_", "|"]).join(rng.choices(words, k=rng.randint(80, 250)))


def encoded(text: str, _rng: random.Random) -> str:
    """Base64."""
    coded = base64.b64encode(text.encode("utf-8")).decode("ascii")
    return "\n".join(coded[i : i + 76] for i in range(0, len(coded), 76))


def fragment(text: str, rng: random.Random) -> str:
    """The first few words, cut off."""
    if text.count(" ") > len(text) / 12:
        return " ".join(text.split()[: rng.randint(2, 12)]) + " ..."
    return text[: rng.randint(4, 14)] + "..."


ENGLISH_NOISE: dict[str, Noise] = {
    "repeated_lines": repeated_lines,
    "repeated_phrase": repeated_phrase_en,
    "menu": menu_en,
    "symbols": symbols,
    "digits": digits,
    "gibberish": gibberish_en,
    "mojibake": mojibake_en,
    "keywords": keywords_en,
    "encoded": encoded,
    "fragment": fragment,
}
"""Kinds of English junk."""

CHINESE_NOISE: dict[str, Noise] = {
    "repeated_lines": repeated_lines,
    "repeated_phrase": repeated_phrase_zh,
    "menu": menu_zh,
    "symbols": symbols,
    "digits": digits,
    "gibberish": gibberish_zh,
    "mojibake": mojibake_zh,
    "keywords": keywords_zh,
    "encoded": encoded,
    "fragment": fragment,
}
"""Kinds of Chinese junk."""
