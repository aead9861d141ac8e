"""The published rules in plain Python, by their definitions; what the kernels are held against."""

from __future__ import annotations

import re
from collections import Counter

from yanmo.corpus.rules.c4_lines import SENTENCE_END_PATTERN, C4Settings
from yanmo.corpus.rules.characters import SYMBOL, TERMINAL, character_classes
from yanmo.corpus.rules.reading import WORD_PATTERN

WORD = re.compile(WORD_PATTERN)
SENTENCE_END = re.compile(SENTENCE_END_PATTERN)
CITATION = re.compile(r"\[\d*]|\[edit]|\[citation needed]")
POLICY = (
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
)


def has_class(character: str, flag: int) -> bool:
    return bool(character_classes()[ord(character)] & flag)


def repeats(segments: list[str]) -> tuple[int, int]:
    """How many segments occurred before, and their characters."""
    seen: set[str] = set()
    number = characters = 0
    for segment in segments:
        if segment in seen:
            number += 1
            characters += len(segment)
        seen.add(segment)
    return number, characters


def top_run(words: list[str], size: int, min_count: int = 1, separator: str = " ") -> int:
    runs = [separator.join(words[i : i + size]) for i in range(len(words) - size + 1)]
    if not runs:
        return 0
    run, count = Counter(runs).most_common(1)[0]
    length = len(run) if separator else len(run) + size - 1
    return length * count if count >= min_count else 0


def repeated_runs(words: list[str], size: int) -> int:
    seen: set[str] = set()
    at = characters = 0
    while at <= len(words) - size:
        run = "".join(words[at : at + size])
        if run in seen:
            characters += len(run)
            at += size
        else:
            seen.add(run)
            at += 1
    return characters


def gopher_repetition(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, segments in (
        ("para", re.split(r"\n{2,}", text.strip())),
        ("line", re.split(r"\n+", text)),
    ):
        number, characters = repeats(segments)
        found[f"dup_{name}_frac"] = number / len(segments)
        found[f"dup_{name}_char_frac"] = characters / len(text)
    words = WORD.findall(text)
    for size in (2, 3, 4):
        found[f"top_{size}_gram_frac"] = top_run(words, size) / len(text)
    for size in range(5, 11):
        found[f"duplicated_{size}_gram_frac"] = repeated_runs(words, size) / len(text)
    return found


def gopher_quality(text: str, stop_words: tuple[str, ...]) -> dict[str, float]:
    words = WORD.findall(text)
    plain = [word for word in words if any(not has_class(c, SYMBOL) for c in word)]
    lines = text.splitlines()
    alphabetic = sum(any(c.isalpha() for c in word) for word in words)
    found: dict[str, float] = {
        "num_words": len(words),
        "num_no_symbol_words": len(plain),
        "num_stop_words": len(set(words) & set(stop_words)),
        "gopher_bullet_line_frac": sum(s.lstrip()[:1] in ("•", "-") and bool(s.strip())
                                       for s in lines) / len(lines),
        "gopher_ellipsis_line_frac": sum(s.rstrip().endswith(("...", "…")) for s in lines)
        / len(lines),
    }  # fmt: skip
    if plain:
        found["mean_word_length"] = sum(map(len, plain)) / len(plain)
        found["alpha_no_symbol_word_frac"] = alphabetic / len(plain)
    if words:
        found["hashes_per_word"] = text.count("#") / len(words)
        found["ellipses_per_word"] = (text.count("...") + text.count("…")) / len(words)
        found["alpha_word_frac"] = alphabetic / len(words)
    return found


def fineweb_quality(text: str) -> dict[str, float]:
    lines = [line for line in text.split("\n") if line.strip()]
    found: dict[str, float] = {"num_lines": len(lines)}
    if lines:
        found["line_punct_frac"] = sum(has_class(x[-1], TERMINAL) for x in lines) / len(lines)
        found["short_line_frac"] = sum(len(x) <= 30 for x in lines) / len(lines)
        found["char_dup_frac"] = repeats(lines)[1] / len(text.replace("\n", ""))
        found["new_lines_per_word"] = text.count("\n") / len(WORD.findall(text))
    return found


def c4(text: str, settings: C4Settings) -> tuple[str, int, str]:
    """Why the document is condemned (or nothing), sentences, and the kept text."""
    kept = []
    sentences = 0
    for line in text.splitlines():
        line = line.strip()
        words = line.split()
        longest = settings.max_word_characters
        if longest != -1 and any(len(word) > longest for word in words):
            continue
        if settings.remove_citations:
            line = CITATION.sub("", line)
        ends_well = line.endswith((".", "?", "!", '"', "'")) and not line.endswith("...")
        if settings.ends_in_punctuation and not ends_well:
            continue
        if len(words) < settings.min_words:
            continue
        lower = line.lower()
        if settings.rejects_lorem_ipsum and "lorem ipsum" in lower:
            return "lorem_ipsum", sentences, text
        if settings.drops_javascript and "javascript" in lower:
            continue
        if settings.rejects_curly_bracket and "{" in line:
            return "curly_bracket", sentences, text
        if settings.drops_policy and any(phrase in lower for phrase in POLICY):
            continue
        sentences += len(SENTENCE_END.findall(line)) + 1
        kept.append(line)
    return "", sentences, "\n".join(kept).strip()
