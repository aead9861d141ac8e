"""Why exactly a document was rejected: what its rule measured, the limit, and where it shows.

In: the settings of a corpus, and a document that a rule rejected. Out: the measure, the limit that
it broke, and the places in the text that count towards it, where a rule is about places. Knows the
rules of `rules`; of a rejection by comparison or by language it says nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow as pa

from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.document import DOCUMENT_SCHEMA
from yanmo.corpus.engine.step_list import list_finishing_steps
from yanmo.corpus.rules.boilerplate import built_in_phrases
from yanmo.corpus.rules.catalogue import build_rules
from yanmo.corpus.rules.checks import rules_of
from yanmo.corpus.rules.config import RulesConfig
from yanmo.corpus.rules.reading import WORD_PATTERN
from yanmo.corpus.steps import Rule

MAX_SPANS = 2000

Span = tuple[int, int]

_RULE_NAMES = ("gopher_repetition", "gopher_quality", "characters", "chinese", "fineweb_quality")
_WORD = re.compile(WORD_PATTERN)
_LINE = re.compile(r"[^\n]+")
_PARAGRAPH = re.compile(r"\S(?:.*?)(?=\n{2,}|\Z)", re.DOTALL)
_BULLETS = "-*•‣⁃◦·●○■□▪▫–—※►"
_ENDS = ".!?\"'。！？…”’」』；;:："


@dataclass(frozen=True)
class Offence:
    """What spoke against a document.

    Attributes:
        measure: what was measured; None where nothing was.
        value: of this document.
        min, max: what would have been kept.
        spans: characters from, to, of the text that count towards the measure, in order; the first
            `MAX_SPANS`.
    """

    measure: str | None = None
    value: float | None = None
    min: float | None = None
    max: float | None = None
    spans: tuple[Span, ...] = ()


def find_offence(
    config: CorpusConfig, document: Mapping[str, Any], shown: str | None = None
) -> Offence:
    """What spoke against a rejected document.

    Args:
        config: the settings of the corpus stage.
        document: its columns, `step` and `reason` among them.
        shown: the text whose places are wanted, where it is another one than was judged, such as
            the same with personal data masked.

    Raises:
        DataError: a word list cannot be read.
    """
    step, reason = str(document["step"]), str(document["reason"])
    measure, low, high = _limit_of(config.rules, step, reason)
    if measure is None:
        return Offence()
    text = str(document["text"]) if shown is None else shown
    find = _places_of(measure, reason)
    spans = tuple(islice(find(text), MAX_SPANS)) if find is not None else ()
    if reason in _PATTERNS_OF_REASON:
        return Offence(measure, len(spans), low, high, spans)
    return Offence(measure, _measured(config, step, document).get(measure), low, high, spans)


def _limit_of(
    rules: RulesConfig, step: str, reason: str
) -> tuple[str | None, float | None, float | None]:
    """The measure behind a reason, and the least and the greatest value that is kept."""
    rule_name, _, check_name = reason.rpartition("/")
    if rule_name:
        for rule in rules_of(rules, _RULE_NAMES):
            for check in rule.checks:
                if (rule.name, check.reason) == (rule_name, check_name):
                    return check.measure, check.min, check.max
    if reason in _PATTERNS_OF_REASON:
        return reason, None, 0
    if step == "c4":
        return "num_sentences", rules.c4.min_sentences, None
    if step == "boilerplate":
        return "boilerplate_frac", None, rules.boilerplate.max_boilerplate_frac
    if step.startswith("length"):
        return "num_characters", max(rules.min_characters or 0, 1), rules.max_characters
    if step == "private_items":
        return "private_items", None, None
    return None, None, None


def _measured(config: CorpusConfig, step: str, document: Mapping[str, Any]) -> dict[str, float]:
    """What the step measures of the document; NaN is left out."""
    columns = {name: [document.get(name)] for name in DOCUMENT_SCHEMA.names}
    batch = pa.RecordBatch.from_pydict(columns, schema=DOCUMENT_SCHEMA)
    for rule in (*build_rules(config.rules), *list_finishing_steps(config)):
        if rule.name == step and isinstance(rule, Rule):
            measures = rule.judge(batch).measures
            return {n: float(v[0]) for n, v in measures.items() if float(v[0]) == float(v[0])}
    return {}


def _places_of(measure: str, reason: str) -> Callable[[str], Iterator[Span]] | None:
    """What finds the places that a measure counts; None where it is about the whole text."""
    if (size := re.fullmatch(r"(top|duplicated)_(\d+)_(gram|character)_frac", measure)) is not None:
        which, number, unit = size[1], int(size[2]), size[3]
        pattern = _WORD if unit == "gram" else re.compile(r"\S")
        find = _top_runs if which == "top" else _repeated_runs
        return lambda text: find(text, pattern, number)
    if reason in _PATTERNS_OF_REASON:
        return _matching(_PATTERNS_OF_REASON[reason])
    return _FINDERS.get(measure)


def _repeated(text: str, pattern: re.Pattern[str]) -> Iterator[Span]:
    """Segments that are equal to an earlier one."""
    seen: set[str] = set()
    for match in pattern.finditer(text):
        segment = match[0].strip()
        if segment in seen:
            yield match.span()
        elif segment:
            seen.add(segment)


def _top_runs(text: str, pattern: re.Pattern[str], size: int) -> Iterator[Span]:
    """Every place of the run of `size` words or characters that is most frequent."""
    spans = [match.span() for match in pattern.finditer(text)]
    runs = [_run(text, spans[at : at + size]) for at in range(len(spans) - size + 1)]
    if not runs:
        return
    counts = Counter(runs)
    best = max(counts, key=lambda run: (counts[run], len(run)))
    for at, run in enumerate(runs):
        if run == best and counts[best] > 1:
            yield spans[at][0], spans[at + size - 1][1]


def _repeated_runs(text: str, pattern: re.Pattern[str], size: int) -> Iterator[Span]:
    """Runs of `size` words or characters that occurred before, joined where they touch."""
    spans = [match.span() for match in pattern.finditer(text)]
    seen: set[str] = set()
    begin = end = -1
    for at in range(len(spans) - size + 1):
        run = _run(text, spans[at : at + size])
        if run not in seen:
            seen.add(run)
            continue
        first, last = spans[at][0], spans[at + size - 1][1]
        if first > end:
            if end > begin:
                yield begin, end
            begin = first
        end = last
    if end > begin:
        yield begin, end


def _run(text: str, spans: list[Span]) -> str:
    return "\n".join(text[begin:end] for begin, end in spans)


def _lines(is_bad: Callable[[str], bool]) -> Callable[[str], Iterator[Span]]:
    def find(text: str) -> Iterator[Span]:
        for match in _LINE.finditer(text):
            if match[0].strip() and is_bad(match[0].strip()):
                yield match.span()

    return find


def _matching(pattern: str) -> Callable[[str], Iterator[Span]]:
    compiled = re.compile(pattern)
    return lambda text: (match.span() for match in compiled.finditer(text))


def _phrases(text: str) -> Iterator[Span]:
    """The phrases of navigation, advertising and legal notices."""
    lowered = text.lower()
    found: list[Span] = []
    for phrase in built_in_phrases():
        at = lowered.find(wanted := phrase.lower())
        while at >= 0 and len(found) < MAX_SPANS:
            found.append((at, at + len(wanted)))
            at = lowered.find(wanted, at + len(wanted))
    end = 0
    for begin, stop in sorted(found):
        if begin >= end:
            yield begin, stop
            end = stop


_PATTERNS_OF_REASON = {
    "lorem_ipsum": r"(?i)lorem ipsum",
    "curly_bracket": r"\{",
}

_FINDERS: dict[str, Callable[[str], Iterator[Span]]] = {
    **dict.fromkeys(
        ("dup_line_frac", "dup_line_char_frac", "char_dup_frac"), lambda x: _repeated(x, _LINE)
    ),
    **dict.fromkeys(
        ("dup_para_frac", "dup_para_char_frac"), lambda text: _repeated(text, _PARAGRAPH)
    ),
    **dict.fromkeys(
        ("bullet_line_frac", "gopher_bullet_line_frac"), _lines(lambda line: line[0] in _BULLETS)
    ),
    **dict.fromkeys(
        ("ellipsis_line_frac", "gopher_ellipsis_line_frac"),
        _lines(lambda line: line.endswith(("...", "…"))),
    ),
    "line_punct_frac": _lines(lambda line: line[-1] not in _ENDS),
    "short_line_frac": _lines(lambda line: len(line) <= 30),
    "hashes_per_word": _matching("#"),
    "ellipses_per_word": _matching(r"\.\.\.|…"),
    "symbol_frac": _matching(r"[^\w\s]+"),
    "digit_frac": _matching(r"\d+"),
    "broken_frac": _matching("[\ufffd\x80-\x9f]+"),
    "boilerplate_frac": _phrases,
}
