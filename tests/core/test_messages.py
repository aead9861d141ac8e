"""Every sentence for the user has a Chinese wording with the same fields; none is left over."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from string import Formatter

import numpy as np
import pytest

from yanmo.core import messages_zh
from yanmo.core.messages import language, language_of_environment, listed, speaking, t
from yanmo.core.messages_zh import CHINESE

SOURCE = Path(__file__).resolve().parents[2] / "src" / "yanmo"


def sentences() -> Iterator[tuple[str, ast.expr]]:
    """Where `t` is called, and its first argument."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "yanmo.core.messages"
            for alias in node.names
            if alias.name == "t"
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                if name in names and node.args:
                    yield f"{path.relative_to(SOURCE)}:{node.lineno}", node.args[0]


def literal(argument: ast.expr) -> str | None:
    return argument.value if isinstance(argument, ast.Constant) else None  # type: ignore[return-value]


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_every_sentence_is_a_literal() -> None:
    assert [
        place for place, argument in sentences() if not isinstance(literal(argument), str)
    ] == []


def test_every_sentence_has_a_chinese_wording() -> None:
    missing = {
        f"{place}: {literal(argument)}"
        for place, argument in sentences()
        if literal(argument) not in CHINESE
    }
    assert sorted(missing) == []


def test_no_chinese_wording_is_left_over() -> None:
    used = {literal(argument) for _, argument in sentences()}
    assert sorted(set(CHINESE) - used) == []


def test_both_languages_have_the_same_fields() -> None:
    assert [key for key, wording in CHINESE.items() if fields(key) != fields(wording)] == []


def test_no_sentence_is_worded_in_two_ways() -> None:
    wordings: dict[str, set[str]] = {}
    for part in iter_modules(messages_zh.__path__):
        chinese = import_module(f"{messages_zh.__name__}.{part.name}").CHINESE
        for sentence, wording in chinese.items():
            wordings.setdefault(sentence, set()).add(wording)
    assert {key: found for key, found in wordings.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"YANMO_LANG": "zh"}, "zh"),
        ({"YANMO_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "en_US"}, "zh"),
        ({}, "en"),
        ({"LANG": ""}, "en"),
    ],
)
def test_the_language_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("YANMO_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    language_of_environment.cache_clear()
    assert language() == expected


def test_fields_are_filled_in_the_language_of_the_reader(speak: Callable[[str], None]) -> None:
    assert t("at least {limit}", limit=3) == "at least 3"
    speak("zh")
    assert t("at least {limit}", limit=3) == "不小于 3"


def test_a_sentence_without_a_wording_stays_english(speak: Callable[[str], None]) -> None:
    speak("zh")
    unknown = "no such sentence {here}"
    assert t(unknown) == unknown


def test_braces_in_values_are_left_alone() -> None:
    assert t("unknown key '{key}'", key="{key}") == "unknown key '{key}'"


def test_a_number_chooses_its_noun(speak: Callable[[str], None]) -> None:
    sentence = "{path}: {n:,} {n:file|files}"
    assert [t(sentence, path="x", n=n) for n in (0, 1, 1000)] == [
        "x: 0 files",
        "x: 1 file",
        "x: 1,000 files",
    ]
    assert t("{n} {n:file|files}", n=np.int64(1)) == "1 file"
    assert t("{is_on}", is_on=True) == "True"


def test_a_list_is_written_as_the_reader_writes_lists(speak: Callable[[str], None]) -> None:
    assert listed(["a", "b", "c"]) == "a, b, c"
    assert listed((name for name in "abc"), limit=2) == "a, b, ..."
    assert listed(["a", "b"], limit=2) == "a, b"
    assert listed([]) == ""
    speak("zh")
    assert listed(["甲", "乙", "丙"]) == "甲、乙、丙"
    assert listed(["甲", "乙", "丙"], limit=1) == "甲……"


def test_chinese_beside_chinese_has_no_space(speak: Callable[[str], None]) -> None:
    speak("zh")
    sentence = "{model} is worse than {baseline}"
    assert CHINESE[sentence] == "{model} 不如 {baseline}"
    assert t(sentence, model="BERT", baseline="LSTM") == "BERT 不如 LSTM"
    assert t(sentence, model="模型", baseline="LSTM") == "模型不如 LSTM"
    assert t(sentence, model="BERT", baseline="逐词翻译") == "BERT 不如逐词翻译"
    assert t(sentence, model="两 字", baseline="一 字") == "两 字不如一 字", (
        "values stay as they are"
    )


def test_conversions_and_formats_are_kept_in_chinese(speak: Callable[[str], None]) -> None:
    speak("zh")
    assert t("there is no column {column!r}; the columns are {names}", column="a", names="b") == (
        CHINESE["there is no column {column!r}; the columns are {names}"].format(
            column="a", names="b"
        )
    )
    assert "{x}" in t("{where}: {what}", where="a", what="{x}")


def test_each_thread_speaks_its_own_language(speak: Callable[[str], None]) -> None:
    speak("en")
    heard: list[str] = []
    with speaking("zh"):
        other = threading.Thread(target=lambda: heard.append(language()))
        other.start()
        other.join()
        assert language() == "zh"
    assert (heard, language()) == (["en"], "en")
