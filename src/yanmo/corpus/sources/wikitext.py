"""MediaWiki's wikitext as plain text.

Comes in: the source of an article. Goes out: its prose; references, templates, tables, pictures,
categories and all marks are gone, and infoboxes and tables may come as "name: value" lines. One
pass finds what is nested, with a bounded stack, so that time is linear and a bracket that is never
closed costs little text. Knows nothing of dumps.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from yanmo.corpus.sources.config import WikipediaConfig
from yanmo.corpus.sources.wiki_tables import rows_of_table
from yanmo.corpus.sources.wiki_templates import PIPE, fields_of_infobox, text_of_template

_MAX_DEPTH = 40

# Elements that go with their content.
_HIDDEN = (
    "ref|math|chem|ce|gallery|syntaxhighlight|source|timeline|score|imagemap|templatedata|hiero"
    "|graph|mapframe|maplink|style|script|inputbox|categorytree|templatestyles|section|references"
    "|includeonly|indicator|charinsert|tabber|quiz|rss|languages|pages|pagelist"
)
_HIDDEN_START = re.compile(rf"<({_HIDDEN})(\s[^<>]*|/)?>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:abbr|b|big|bdi|bdo|blockquote|center|cite|code|col|colgroup|caption|data|dd|del|dfn|div"
    r"|dl|dt|em|font|h[1-6]|hr|i|ins|kbd|li|mark|noinclude|onlyinclude|nowiki|ol|p|poem|pre|q|rb|rp"
    r"|rt|rtc|ruby|s|samp|section|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead"
    rf"|time|tr|tt|u|ul|var|wbr|img|a|translate|tvar|{_HIDDEN})(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<\s*/?\s*br\s*[^<>]{0,200}/?\s*>", re.IGNORECASE)
_BRACKET = re.compile(r"\{\{|\}\}|\[\[|\]\]|\n[ \t:*#;]*\{\||\n[ \t]*\|\}(?!\})")
_LINK_PREFIX = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,12})*|simple|zh-[a-z-]+|be-x-old")
_PIPE_TRICK = re.compile(r"^(?:[^:]*:)?(.*?)(?:\s*[(（,，][^()（）]*[)）]?)?$", re.DOTALL)
_EXTERNAL_LINK = re.compile(
    r"\[(?:(?:https?|ftps?|mailto|news|irc):(?://)?|//)[^\s\[\]<>]{1,2000}[ \t]*"
    r"([^\[\]\n]{0,2000})\]"
)
_SWITCH = re.compile(r"__[A-Z\u4e00-\u9fff]{3,30}__")
_VARIANT = re.compile(r"-\{([^{}\n]{0,500})\}-")
_HEADING = re.compile(r"^(={1,6})[ \t]*(.*?)[ \t]*={1,6}[ \t]*$")
_LIST_MARK = re.compile(r"^[*#:;]+[ \t]*")
_EMPTY_ITEM = re.compile(r"^(?:- )?[\s.,;:•·|*-]*$")
_LEFT_OVER = re.compile(r"\[\[|\]\]|\{\{+|\}\}+|\{\||\|\}")
_EMPTY_PARENTHESES = re.compile(r"[(（\[][ \t,;:，；、：/]*[)）\]]")
_AFTER_PARENTHESIS = re.compile(r"([(（])[ \t]*[,;:，；、][ \t,;，；、]*")
_BEFORE_PARENTHESIS = re.compile(r"[,;，；、][ \t]*([)）])")
# Plain replacements, in this order; they are much faster than patterns.
_QUOTES = (("'''''", ""), ("''''", "'"), ("'''", ""), ("''", ""))
_SPACES = (("\u00a0", " "), ("\t", " "), ("     ", " "), ("   ", " "), ("  ", " "), ("  ", " "))
_SPACE_BEFORE = tuple(
    (f" {mark}{end}", f"{mark}{end}") for mark in ",.;" for end in (" ", "\n")
) + tuple((f" {mark}", mark) for mark in "，。；、")


@dataclass
class WikiNames:
    """The names of two namespaces, in small letters: English, local, and what people write.

    Args:
        files: pictures and other media.
        categories: categories.
    """

    files: set[str] = field(default_factory=lambda: set(_FILES.split()))
    categories: set[str] = field(default_factory=lambda: set(_CATEGORIES.split()))


_FILES = """
    file image media bild datei fichier archivo imagen immagine bestand ficheiro imagem plik grafika
    файл изображение картинка 文件 檔案 档案 图像 圖像 图片 圖片 媒体 媒體 ファイル 画像 파일 그림
"""
_CATEGORIES = """
    category kategorie catégorie categoría categoria kategoria категория 分类 分類 カテゴリ 분류
"""


def plain_text(source: str, names: WikiNames, config: WikipediaConfig) -> str:
    """The prose of an article; paragraphs are separated by blank lines, list items begin with "- ".

    Args:
        source: wikitext.
        names: what pictures and categories are called in this wiki.
        config: what becomes of infoboxes and tables.
    """
    text = _without_hidden(_without_comments(source))
    nesting = _Nesting(names, config)
    text = nesting.resolve(text)
    if nesting.infoboxes:
        text = "\n".join(nesting.infoboxes) + "\n\n" + text
    return _clean(text)


def _without_comments(text: str) -> str:
    """The text without `<!-- -->`; one that is not closed hides the rest, as in MediaWiki."""
    if "<!--" not in text:
        return text
    kept: list[str] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        kept.append(text[at:start])
        end = text.find("-->", start + 4)
        if end < 0:
            return "".join(kept)
        at = end + 3
    kept.append(text[at:])
    return "".join(kept)


def _without_hidden(text: str) -> str:
    """The text without elements that hold no prose. Of one that is not closed only the tag goes."""
    kept: list[str] = []
    at = 0
    never_closed: set[str] = set()
    for match in _HIDDEN_START.finditer(text):
        if match.start() < at:
            continue
        kept.append(text[at : match.start()])
        at = match.end()
        name = match.group(1).lower()
        if (match.group(2) or "").endswith("/") or name in never_closed:
            continue
        close = _CLOSE[name].search(text, at)
        if close is None:
            never_closed.add(name)
        else:
            at = close.end()
    kept.append(text[at:])
    return "".join(kept)


_CLOSE = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in _HIDDEN.split("|")}


@dataclass
class _Frame:
    """Something that has been opened: `{{`, `{|`, `[[`, or nothing for the text itself."""

    opener: str
    parts: list[str] = field(default_factory=list)


class _Nesting:
    """Templates, tables and links, which may lie in each other."""

    def __init__(self, names: WikiNames, config: WikipediaConfig) -> None:
        self.infoboxes: list[str] = []
        self._names = names
        self._config = config

    def resolve(self, text: str) -> str:
        """The text with every template, table and link replaced by what stays of it."""
        stack = [_Frame("")]
        text = "\n" + text
        at = 0
        for match in _BRACKET.finditer(text):
            stack[-1].parts.append(text[at : match.start()])
            at = match.end()
            mark = match.group()
            if mark[0] == "\n":
                mark = mark[-2:]
                stack[-1].parts.append("\n")
            if mark in _OPENERS:
                if len(stack) <= _MAX_DEPTH:
                    stack.append(_Frame(mark))
            else:
                self._close(stack, _OPENER[mark])
        stack[-1].parts.append(text[at:])
        while len(stack) > 1:
            frame = stack.pop()
            stack[-1].parts.append(_never_closed(frame))
        return "".join(stack[0].parts)

    def _close(self, stack: list[_Frame], opener: str) -> None:
        """End the innermost frame that was opened so; a mark that closes nothing is dropped."""
        depth = len(stack) - 1
        while depth and stack[depth].opener != opener:
            if opener == "[[":
                return  # a link cannot end inside a template that began in it
            depth -= 1
        if not depth:
            return
        while len(stack) - 1 > depth:
            inner = stack.pop()
            stack[-1].parts.append(_never_closed(inner))
        content = "".join(stack.pop().parts)
        stack[-1].parts.append(self._closed(opener, content))

    def _closed(self, opener: str, content: str) -> str:
        """What stays of a template, table or link with this content."""
        if opener == "[[":
            return _text_of_link(content, self._names)
        if opener == "{|":
            if self._config.tables == "drop":
                return ""
            return "\n" + "\n".join(rows_of_table(content)) + "\n"
        if "\n==" in content:  # no template holds sections: a bracket is missing
            return content.partition("\n")[2]
        if self._config.infobox == "key_value" and (fields := fields_of_infobox(content)):
            self.infoboxes.extend(fields)
            return ""
        return text_of_template(content)


_OPENERS = frozenset(("{{", "[[", "{|"))
_OPENER = {"}}": "{{", "]]": "[[", "|}": "{|"}


def _never_closed(frame: _Frame) -> str:
    """The text in something that was opened and never closed. Of a template or table the first line
    goes with it."""
    content = "".join(frame.parts)
    if frame.opener == "[[":
        return content.rpartition("|")[2] if "\n" not in content else content
    return content.partition("\n")[2]


def _text_of_link(content: str, names: WikiNames) -> str:
    """What a reader sees of a link."""
    target, has_label, label = content.partition("|")
    target = target.strip()
    if target.startswith(":"):
        target = target[1:].strip()
    elif ":" in target:
        prefix = target.partition(":")[0].strip().lower()
        if prefix in names.files or prefix in names.categories:
            return ""
        if not has_label and _LINK_PREFIX.fullmatch(prefix):
            return ""  # the same article in another language
    if has_label and label.strip():
        return label
    if has_label:
        match = _PIPE_TRICK.match(target)
        return match.group(1) if match is not None else target
    return target


def _clean(text: str) -> str:
    """The text without what is left of marks, tidied up."""
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", text))
    if "-{" in text:
        text = _VARIANT.sub(_chosen_variant, text)
    if "[" in text:
        text = _EXTERNAL_LINK.sub(r"\1", text)
    if "''" in text:
        text = _replaced(text, _QUOTES)
    text = _SWITCH.sub("", text)
    if "&" in text:
        text = html.unescape(html.unescape(text))
        text = _TAG.sub("", _BREAK.sub("\n", text))
    text = _LEFT_OVER.sub("", text.replace(PIPE, "|"))
    text = _AFTER_PARENTHESIS.sub(r"\1", _EMPTY_PARENTHESES.sub("", text))
    text = _BEFORE_PARENTHESIS.sub(r"\1", text)
    text = _replaced(_replaced(text, _SPACES), _SPACE_BEFORE)
    return "\n".join(_without_empty_sections(text.split("\n"))).strip("\n")


def _replaced(text: str, replacements: tuple[tuple[str, str], ...]) -> str:
    """The text with each of some strings replaced."""
    for old, new in replacements:
        text = text.replace(old, new)
    return text


def _without_empty_sections(lines: list[str]) -> list[str]:
    """The lines without marks at their start, without headings that nothing follows, and with one
    blank line at most between others."""
    kept: list[str] = []
    waiting: list[tuple[int, str]] = []  # headings without text so far
    for line in lines:
        if line.startswith("="):
            match = _HEADING.match(line)
            if match is not None and match.group(2).strip("= "):
                level = len(match.group(1))
                waiting = [heading for heading in waiting if heading[0] < level]
                waiting.append((level, match.group(2).strip("= ")))
                continue
            line = line.strip("=")
        stripped = _text_of_line(line)
        if not stripped:
            if kept and kept[-1]:
                kept.append("")
            continue
        for _, heading in waiting:
            if kept and kept[-1]:
                kept.append("")
            kept.extend((heading, ""))
        waiting.clear()
        kept.append(stripped)
    return kept


def _text_of_line(line: str) -> str:
    """A line without the marks of lists; "" where nothing is left."""
    if line[:1] in ("*", "#", ":", ";"):
        match = _LIST_MARK.match(line)
        assert match is not None, "the first character is a mark"
        is_item = "*" in match.group() or "#" in match.group()
        line = ("- " if is_item else "") + line[match.end() :]
    line = line.strip()
    if line.startswith(("|", "----")) or _EMPTY_ITEM.match(line):
        return ""  # a row of a table that was never closed, a rule, an item that held a template
    return line


def _chosen_variant(match: re.Match[str]) -> str:
    """One of the forms that Chinese articles give for different regions: `-{zh-cn:A; zh-tw:B}-`."""
    content = match.group(1)
    if "|" in content:
        content = content.partition("|")[2]
    forms: dict[str, str] = {}
    for part in content.split(";"):
        code, colon, words = part.partition(":")
        if colon and code.strip().startswith("zh"):
            forms[code.strip()] = words.strip()
    for code in ("zh-cn", "zh-hans", "zh"):
        if code in forms:
            return forms[code]
    return next(iter(forms.values())) if forms else content
