"""Recipe files: values as written, the line of every key, and errors that name the line."""

from __future__ import annotations

import math
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yanmo.core.errors import ConfigError
from yanmo.core.recipe_file import MAX_BYTES, find_recipe, read_recipe_file
from yanmo.core.recipe_toml import lines_of_toml, read_toml
from yanmo.core.recipe_yaml import read_yaml
from yanmo.core.toml_text import format_key, format_value

TRICKY_TOML = '''# [not.a.table]
title = "a # b = c"
"quoted.key" = 1   # comment

a.b . "c d" = 2
text = """
[not.a.table]
key = 3
\\""" four """"
raw = \'\'\'
x = 'y'\'\'\'\'
list = [
    1,  # ] not yet
    "]",
    [ "[", { inner = "}", deep.er = [ 3 ] } ],
]
point = { x = 1, y.z = "a,b" }
when = 1979-05-27 07:32:00

[ model . "norm" ] # header comment
eps = 1e-5
[[sources]]
name = "first"
[sources.rules]
min = 1
[[sources]]
name = "第二"
[[sources.parts]]
n = 1
[[sources.parts]]
n = 2
'''


def test_every_toml_key_has_its_line() -> None:
    lines = lines_of_toml(TRICKY_TOML)
    expected = {
        ("title",): 2,
        ("quoted.key",): 3,
        ("a", "b"): 5,
        ("a", "b", "c d"): 5,
        ("text",): 6,
        ("raw",): 10,
        ("list",): 12,
        ("list", 0): 13,
        ("list", 1): 14,
        ("list", 2): 15,
        ("list", 2, 0): 15,
        ("list", 2, 1, "inner"): 15,
        ("list", 2, 1, "deep", "er", 0): 15,
        ("point", "x"): 17,
        ("point", "y", "z"): 17,
        ("when",): 18,
        ("model", "norm"): 20,
        ("model", "norm", "eps"): 21,
        ("sources",): 22,
        ("sources", 0): 22,
        ("sources", 0, "name"): 23,
        ("sources", 0, "rules"): 24,
        ("sources", 0, "rules", "min"): 25,
        ("sources", 1): 26,
        ("sources", 1, "name"): 27,
        ("sources", 1, "parts", 0): 28,
        ("sources", 1, "parts", 1, "n"): 31,
    }
    assert {path: lines.get(path) for path in expected} == expected
    assert set(lines) == set(paths_of(tomllib.loads(TRICKY_TOML)))


def test_windows_line_ends_do_not_move_the_lines() -> None:
    assert lines_of_toml(TRICKY_TOML.replace("\n", "\r\n")) == lines_of_toml(TRICKY_TOML)


def paths_of(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every key path in nested values."""
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    return [p for key, inner in pairs for p in ((*path, key), *paths_of(inner, (*path, key)))]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
plain_values = st.one_of(
    st.booleans(), st.integers(), st.floats(allow_nan=False), texts, st.dates(), st.datetimes()
)
nested_values = st.recursive(
    plain_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(texts, nested_values, max_size=4))
def test_what_toml_text_says_is_read_back_with_a_line_for_each_key(table: dict[str, Any]) -> None:
    text = "".join(f"{format_key(k)} = {format_value(v)}\n# [x]\n" for k, v in table.items())
    assert read_toml(text, "r") == table
    lines = lines_of_toml(text)
    assert set(lines) == set(paths_of(table))
    for number, key in enumerate(table):
        assert lines[(key,)] == 2 * number + 1


@given(
    st.lists(
        st.sampled_from(
            ["[a]", "[[b]]", "[b.c]", "[[b.d]]", "x=1", "y.z=2", "s='''", "'''", '"""', "m=[",
             "]", "{", "}", ",", "\n", "#", '"q"=', "'", "t={u=1,v=[1,{w=2}]}", "=", "a.'b'=1"]
        ),
        max_size=14,
    )
)  # fmt: skip
@example(["[a]", "\n", "x=1"])
def test_the_scanner_follows_whatever_the_parser_accepts(parts: list[str]) -> None:
    text = "".join(parts)
    try:
        values = read_toml(text, "r")
    except ConfigError:
        return
    assert set(lines_of_toml(text)) == set(paths_of(values))


YAML = """\
# comment
name: 研墨
off: no
steps: 1000
rate: 3e-4
nested:
  words: [yes, on, "3", 0x10, 0o17, 010]
  empty:
  items:
    - a: 1
    - a: .inf
      b: 'true'
date: 2024-01-01
sexagesimal: 12:30:45
"""


def test_yaml_words_mean_what_yaml_1_2_says() -> None:
    values, lines = read_yaml(YAML, "r.yaml")
    assert values == {
        "name": "研墨",
        "off": "no",
        "steps": 1000,
        "rate": 3e-4,
        "nested": {
            "words": ["yes", "on", "3", 16, 15, 10],
            "empty": None,
            "items": [{"a": 1}, {"a": math.inf, "b": "true"}],
        },
        "date": "2024-01-01",
        "sexagesimal": "12:30:45",
    }
    assert set(lines) == set(paths_of(values))
    assert lines[("rate",)] == 5
    assert lines[("nested", "words", 2)] == 7
    assert lines[("nested", "items", 1, "b")] == 12


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "lines 1 and 3"),
        ("s:\n  a: 1\n  a: 3\n", 3, "'s.a' is given twice"),
        ("a: !!python/object:os.system x\n", 1, "tag"),
        ("a: 1\nb: !!str 3\n", 2, "tag"),
        ("a: ! 3\n", 1, "tag"),
        ("a: [1,\nb: 2\n", 2, "not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
        ("a: \x00\n", 1, "not valid YAML"),
        ("a: 1\n---\nb: 2\n", 2, "not valid YAML"),
        ("x: &x\n  a: 1\ny:\n  <<: *x\n", 4, "merge keys"),
        ("? [a]\n: 1\n", 1, "a key must be a word"),
        ("a: *nothing\n", 1, "undefined alias"),
        ("a: &a [*a]\n", 1, "beyond all measure"),
        ("a: " + "1" * 5000 + "\n", 1, "too long"),
    ],
)
def test_yaml_that_no_recipe_may_use(tmp_path: Path, text: str, line: int, reason: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_bytes(text.encode())
    with pytest.raises(ConfigError, match=reason) as caught:
        read_recipe_file(path)
    assert f"{path}:{line}:" in str(caught.value)


def test_anchors_work_and_are_bounded() -> None:
    values, _ = read_yaml("a: &x {k: 1}\nb: *x\n", "r")
    assert values == {"a": {"k": 1}, "b": {"k": 1}}
    laughs = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    with pytest.raises(ConfigError, match="without end"):
        read_yaml(laughs, "r")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a = 1\nb = c\n", 2, "Invalid value: b = c"),
        ("a = 1\na = 2\n", 2, "Cannot overwrite"),
        ("[a\n", 1, "Expected"),
        ('a = """x\ny\n', 2, "Unterminated string"),
        ("[a]\n[a]\n", 2, "twice"),
        ("a = 1\n\n键 = 2\n", 3, "Invalid"),
    ],
)
def test_toml_errors_name_the_line(tmp_path: Path, text: str, line: int, reason: str) -> None:
    path = tmp_path / "配方.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=reason) as caught:
        read_recipe_file(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize("suffix", [".toml", ".yaml", ".yml", ".TOML"])
@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_error(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"r{suffix}"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="empty"):
        read_recipe_file(path)


@pytest.mark.parametrize("name", ["r.toml", "r.yaml"])
def test_a_byte_order_mark_and_comments_alone_are_fine(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf# nothing yet\n")
    assert read_recipe_file(path).values == {}


@pytest.mark.parametrize("text", ["- a\n", "word\n", "3\n"])
def test_a_yaml_recipe_is_a_table(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="table of sections"):
        read_recipe_file(path)


def test_text_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_bytes("a = 1\nb = '中文'\n".encode("gbk"))
    with pytest.raises(ConfigError, match="UTF-8") as caught:
        read_recipe_file(path)
    assert f"{path}:2:" in str(caught.value)


DEEP = 100_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.toml", "a = " + "[" * DEEP + "]" * DEEP),
        ("r.toml", "a = " + "{b=" * DEEP + "1" + "}" * DEEP),
        ("r.toml", "a" + ".a" * 2_000 + " = 1"),
        ("r.toml", "a = " + "[" * 100 + "]" * 100),
        ("r.toml", "a = " + "1" * 5000),
        ("r.yaml", "[" * DEEP),
        ("r.yaml", "a: " + "[" * 200 + "]" * 200),
        ("r.yaml", "\n".join(" " * n + "a:" for n in range(300))),
        ("r.toml", "#" * (MAX_BYTES + 1)),
    ],
)
def test_nesting_and_size_beyond_measure_are_errors(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigError):
        read_recipe_file(path)


@given(content=st.binary(max_size=200), suffix=st.sampled_from([".toml", ".yaml"]))
@example(content=b'a: "\\U99999999"', suffix=".yaml")
@example(content=b'a: "\\ud800"', suffix=".yaml")
@example(content=b"%YAML 9.9\n---\n", suffix=".yaml")
@example(content=b"a: 0x" + b"f" * 100, suffix=".yaml")
@example(content=b"a: =\nb: <<\n", suffix=".yaml")
def test_any_bytes_are_a_table_or_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    path.write_bytes(content)
    try:
        recipe = read_recipe_file(path)
    except ConfigError:
        return
    assert isinstance(recipe.values, dict)


@given(st.text(st.sampled_from("ab:=[]{}#\n \t'\"\\-&*!|>.,19e"), max_size=60))
def test_any_yaml_like_text_is_a_value_or_a_config_error(text: str) -> None:
    try:
        values, lines = read_yaml(text, "r")
    except ConfigError:
        return
    assert set(lines) == set(paths_of(values))


def test_a_recipe_is_found_by_path_or_by_name(tmp_path: Path) -> None:
    mine, shipped = tmp_path / "mine.toml", tmp_path / "shipped.toml"
    mine.write_text("a = 1")
    known = {"python_docs": shipped}
    assert find_recipe(mine, known) == mine
    assert find_recipe(Path("python_docs"), known) == shipped


def test_an_unknown_recipe_suggests_the_nearest(
    tmp_path: Path, speak: Callable[[str], None]
) -> None:
    (tmp_path / "my_recipe.toml").write_text("a = 1")
    known = {"python_docs": tmp_path / "x.toml", "gpt_small_zh": tmp_path / "y.toml"}
    with pytest.raises(ConfigError, match=r"Did you mean '.*/my_recipe\.toml'"):
        find_recipe(tmp_path / "my_recipes.toml", known)
    with pytest.raises(ConfigError, match=r"Did you mean '.*/my_recipe\.toml'"):
        find_recipe(tmp_path / "my_recipe", known)
    with pytest.raises(ConfigError, match="Did you mean 'python_docs'"):
        find_recipe(Path("pyton_docs"), known)
    with pytest.raises(ConfigError, match="Did you mean 'python_docs'"):
        find_recipe(Path("python_docs.toml"), known)
    with pytest.raises(ConfigError, match="Known recipes: gpt_small_zh, python_docs"):
        find_recipe(Path("zzzz"), known)
    speak("zh")
    with pytest.raises(ConfigError, match="是不是想写 'python_docs'"):
        find_recipe(Path("pyton_docs"), known)


def test_a_folder_is_no_recipe_but_may_hold_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="folder"):
        find_recipe(tmp_path, {})
    (tmp_path / "recipe.toml").write_text("a = 1")
    with pytest.raises(ConfigError, match=r"Did you mean '.*/recipe\.toml'"):
        find_recipe(tmp_path, {})


@pytest.mark.parametrize("name", ["r.json", "r", "r.toml.bak"])
def test_another_suffix_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("{}")
    with pytest.raises(ConfigError, match=r"\.toml, \.yaml or \.yml"):
        read_recipe_file(path)


def test_a_name_that_the_disk_refuses_is_an_error() -> None:
    for name in ("x" * 5000, "a\0b", "r.toml/x"):
        with pytest.raises(ConfigError):
            find_recipe(Path(name), {})
    with pytest.raises(ConfigError, match="cannot read"):
        read_recipe_file(Path("gone.toml"))


def test_the_resolver_loads_nothing_heavy() -> None:
    code = (
        "import sys, yanmo.core.resolve;"
        "print([m for m in ('torch', 'numpy', 'pyarrow', 'yaml', 'rich') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
