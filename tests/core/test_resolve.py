"""A recipe and overrides become a valid configuration, or one error that tells all, with places."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from yanmo.core.errors import ConfigError
from yanmo.core.resolve import RecipeError, diff_configs, field_paths, resolve_recipe
from yanmo.core.toml_text import format_value

from .sample_recipe import Adamw, JsonLines, Muon, Recipe, TextFiles

# ---- what is resolved -----------------------------------------------------------------------


def test_defaults_then_file_then_overrides(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text("[model]\ndepth = 6\n[pretrain]\nlearning_rate = 1\n")
    recipe = resolve_recipe(Recipe, path, ["model.depth=8"])
    assert (recipe.model.depth, recipe.pretrain.learning_rate) == (8, 1.0)
    assert (recipe.pretrain.steps, recipe.model.norm) == (200, "rmsnorm")
    assert resolve_recipe(Recipe, None) == Recipe()


@pytest.mark.parametrize("suffix", [".toml", ".yaml"])
def test_chinese_keys_and_strings_in_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"配方{suffix}"
    toml = 'name = "研墨"\n[corpus.mixture]\n"中文 网页" = 0.5\n'
    yaml = "name: 研墨\ncorpus:\n  mixture:\n    中文 网页: 0.5\n"
    path.write_text(toml if suffix == ".toml" else yaml, encoding="utf-8")
    recipe = resolve_recipe(Recipe, path, ['corpus.mixture."a.b"=1', "note=小记"])
    assert recipe.name == "研墨"
    assert recipe.note == "小记"
    assert recipe.corpus.mixture == {"中文 网页": 0.5, "a.b": 1.0}


def test_a_shipped_recipe_is_known_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("model:\n  depth: 6\ncorpus:\n")
    known = {"small": path}
    assert resolve_recipe(Recipe, Path("small"), known_recipes=known).model.depth == 6
    with pytest.raises(ConfigError, match="Did you mean 'small'"):
        resolve_recipe(Recipe, Path("smal"), known_recipes=known)


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("name=abc", lambda r: r.name == "abc"),
        ("--name=abc", lambda r: r.name == "abc"),
        ("name='3'", lambda r: r.name == "3"),
        ("name=", lambda r: r.name == ""),
        ("name=a=b", lambda r: r.name == "a=b"),
        ("name=2024-01-01", lambda r: r.name == "2024-01-01"),
        ("name=研墨 墨", lambda r: r.name == "研墨 墨"),
        ("name=a\nb", lambda r: r.name == "a\nb"),
        ("name=none", lambda r: r.name == "none"),
        ("note=none", lambda r: r.note is None),
        ("note=null", lambda r: r.note is None),
        ("corpus.min_words=none", lambda r: r.corpus.min_words is None),
        ("corpus.min_words=0", lambda r: r.corpus.min_words == 0),
        ("pretrain.learning_rate=3e-4", lambda r: r.pretrain.learning_rate == 3e-4),
        ("pretrain.learning_rate=1", lambda r: r.pretrain.learning_rate == 1.0),
        ("pretrain.steps=1_000", lambda r: r.pretrain.steps == 1000),
        ("pretrain.max_loss=inf", lambda r: math.isinf(r.pretrain.max_loss)),
        ("pretrain.prompts=[]", lambda r: r.pretrain.prompts == []),
        ('pretrain.prompts=["a","从前"]', lambda r: r.pretrain.prompts == ["a", "从前"]),
        ("pretrain.prompts.0=Then", lambda r: r.pretrain.prompts == ["Then"]),
        ("pretrain.prompts.1=Then", lambda r: r.pretrain.prompts == ["Once", "Then"]),
        ("pretrain.devices=[0,1]", lambda r: r.pretrain.devices == [0, 1]),
        ("out=a/b", lambda r: r.out == Path("a/b")),
        ("model.tie_embeddings=false", lambda r: r.model.tie_embeddings is False),
        ("model={depth=3}", lambda r: r.model.depth == 3),
        ("pretrain.optimizer.momentum=0.1", lambda r: r.pretrain.optimizer == Muon(momentum=0.1)),
        (
            "pretrain.optimizer.lr=0.1",
            lambda r: r.pretrain.optimizer == Muon(lr=0.1, momentum=0.8),
        ),
        ("pretrain.optimizer.name=adamw", lambda r: r.pretrain.optimizer == Adamw()),
        (
            'corpus.sources=[{kind="text", paths=["a"]}, {kind="jsonl", paths=["b"]}]',
            lambda r: r.corpus.sources == [TextFiles(paths=["a"]), JsonLines(paths=["b"])],
        ),
    ],
)
def test_an_override_sets_its_key(word: str, read: Callable[[Recipe], bool]) -> None:
    assert read(resolve_recipe(Recipe, None, [word]))


def test_list_entries_of_the_file_can_be_overridden(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text('[[corpus.sources]]\nkind = "text"\npaths = ["a"]\n')
    words = ['corpus.sources.0.paths=["b"]', "corpus.sources.1.kind=jsonl"]
    words += ['corpus.sources.1.paths=["c"]']
    sources = resolve_recipe(Recipe, path, words).corpus.sources
    assert sources == [TextFiles(paths=["b"]), JsonLines(paths=["c"])]


def test_a_later_override_wins() -> None:
    assert resolve_recipe(Recipe, None, ["model.depth=2", "model.depth=3"]).model.depth == 3


def test_none_can_be_written_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text('note = "none"\n[corpus]\nmin_words = "none"\n')
    recipe = resolve_recipe(Recipe, path)
    assert recipe.note is None
    assert recipe.corpus.min_words is None


# ---- what is refused ------------------------------------------------------------------------


def errors_of(path: Path | None, words: list[str]) -> str:
    with pytest.raises(ConfigError) as caught:
        resolve_recipe(Recipe, path, words)
    return str(caught.value)


def misspellings() -> Iterator[tuple[str, str]]:
    """Every key that can be written in a section, with one slip, and as it should be."""
    for key in field_paths(Recipe):
        section, _, leaf = key.rpartition(".")
        # `lr`, `kind` and the like are too short to lose a letter from.
        slip = leaf[1] + leaf[0] + leaf[2:] if len(leaf) > 2 else leaf + "r"
        yield f"{section}.{slip}" if section else slip, key


def nested(path: list[str], value: Any) -> Any:
    """Nested tables and lists that hold `value` at `path`, with the tags of their unions."""
    if not path:
        return value
    inner = nested(path[1:], value)
    return [inner] if path[0] == "0" else {path[0]: inner}


TAGS = {
    "beta_first": ("name", "adamw"),
    "momentum": ("name", "muon"),
    "encoding": ("kind", "text"),
    "text_key": ("kind", "jsonl"),
}


@pytest.mark.parametrize(("wrong", "right"), list(misspellings()))
def test_a_misspelt_key_is_told_with_place_and_suggestion(
    tmp_path: Path, wrong: str, right: str
) -> None:
    *section, slip = wrong.split(".")
    leaf = right.rpartition(".")[2]
    entries: dict[str, Any] = {slip: 1}
    if ".optimizer." in right:
        key, tag = TAGS.get(leaf, ("name", "muon"))
        entries = {key: tag, slip: 1} if slip != key else entries
    elif ".sources." in right:
        key, tag = TAGS.get(leaf, ("kind", "text"))
        entries = {key: tag, "paths": ["a"], slip: 1}
    told = f"unknown key '{wrong}', did you mean '{right}'?"
    values = nested(section, entries)

    toml = tmp_path / "r.toml"
    rows = [f"{key} = {format_value(value)}\n" for key, value in values.items()]
    toml.write_text("# a comment\n" + "".join(rows))
    assert f"{toml}:2: {told}" in errors_of(toml, [])

    yaml = tmp_path / "r.yaml"
    yaml.write_text("# a comment\n" + yaml_text(values))
    words_of_rows = [row.strip(" -") for row in yaml.read_text().split("\n")]
    line = words_of_rows.index(f"{slip}: 1") + 1
    assert f"{yaml}:{line}: {told}" in errors_of(yaml, [])

    words = [f"{'.'.join([*section, k])}={format_value(v)}" for k, v in entries.items()]
    assert f"command line: {told}" in errors_of(None, words)


def yaml_text(value: Any, indent: str = "") -> str:
    """Nested values as block YAML."""
    text = ""
    pairs = value.items() if isinstance(value, dict) else (("-", item) for item in value)
    for key, inner in pairs:
        start = f"{indent}-" if key == "-" else f"{indent}{key}:"
        if isinstance(inner, dict | list):
            text += f"{start}\n{yaml_text(inner, indent + '  ')}"
        else:
            text += f"{start} {inner}\n"
    return text


BROKEN = """\
name = 3
modle.depth = 3

[model]
norm = "rmsnrm"
d_model = 12
learning_rate = 3

[pretrain]
learning_rat = 1
steps = 1e3
devices = "a"
prompts = "x"
[pretrain.optimizer]
name = "adamw"
momentum = 0.5

[[corpus.sources]]
kind = "text"
paths = ["a", 3]
[[corpus.sources]]
kind = "jsnl"
[[corpus.sources]]
paths = []
[[corpus.sources]]
kind = "jsonl"
paths = []
[[corpus.sources]]
kind = "jsonl"
[corpus.mixture]
"中文" = "viel"
"""

TOLD = """\
{r}:1: name = 3: must be text
{r}:2: unknown key 'modle', did you mean 'model'?
{r}:5: model.norm = "rmsnrm": must be "rmsnorm" or "layernorm", did you mean "rmsnorm"?
{r}:7: unknown key 'model.learning_rate', did you mean 'pretrain.learning_rate'?
{r}:10: unknown key 'pretrain.learning_rat', did you mean 'pretrain.learning_rate'?
{r}:11: pretrain.steps = 1000.0: must be a whole number; write 1000
{r}:12: pretrain.devices = "a": must be a whole number or a list, each entry a whole number
{r}:13: pretrain.prompts = "x": must be a list, each entry text
{r}:16: unknown key 'pretrain.optimizer.momentum'; it exists only with name = "muon"
{r}:20: corpus.sources.0.paths.1 = 3: must be text
{r}:22: corpus.sources.1.kind = "jsnl": must be "text" or "jsonl", did you mean "jsonl"?
{r}:23: missing key 'corpus.sources.2.kind', it must be "text" or "jsonl"
{r}:27: corpus.sources.3.paths = []: must be no fewer entries than 1
{r}:28: missing key 'corpus.sources.4.paths', it must be a list, each entry text, \
no fewer entries than 1
{r}:31: corpus.mixture.中文 = "viel": must be a number
command line: model.depth = 0: must be at least 1
command line: model.tie_embeddings = 1: must be true or false
command line: pretrain.learning_rate = nan: must be a finite number
command line: there is no 'corpus.sources.7': 'corpus.sources' is a list of 5, \
its entries count from 0
command line: 'name' is 3, not a section
command line: 'abc' is not of the form key=value
command line: pretrain.steps=[a] is not valid TOML; write lists as ["a", "b"], in quotes"""

WORDS = [
    "model.depth=0",
    "model.tie_embeddings=1",
    "pretrain.learning_rate=nan",
    "corpus.sources.7.paths=[]",
    "name.x=3",
    "abc",
    "pretrain.steps=[a]",
]

TOLD_ZH = """\
{r}:1：name = 3：要求文本
{r}:2：没有 'modle' 这个键，是不是想写 'model'？
{r}:5：model.norm = "rmsnrm"：要求 "rmsnorm" 或 "layernorm"，是不是想写 "rmsnorm"？
{r}:7：没有 'model.learning_rate' 这个键，是不是想写 'pretrain.learning_rate'？
{r}:10：没有 'pretrain.learning_rat' 这个键，是不是想写 'pretrain.learning_rate'？
{r}:11：pretrain.steps = 1000.0：要求整数；请写 1000
{r}:12：pretrain.devices = "a"：要求整数或列表，每项为整数
{r}:13：pretrain.prompts = "x"：要求列表，每项为文本
{r}:16：没有 'pretrain.optimizer.momentum' 这个键；只有 name = "muon" 时才有它
{r}:20：corpus.sources.0.paths.1 = 3：要求文本
{r}:22：corpus.sources.1.kind = "jsnl"：要求 "text" 或 "jsonl"，是不是想写 "jsonl"？
{r}:23：缺少键 'corpus.sources.2.kind'，要求 "text" 或 "jsonl"
{r}:27：corpus.sources.3.paths = []：要求不少于 1 项
{r}:28：缺少键 'corpus.sources.4.paths'，要求列表，每项为文本，不少于 1 项
{r}:31：corpus.mixture.中文 = "viel"：要求数
命令行：model.depth = 0：要求不小于 1
命令行：model.tie_embeddings = 1：要求 true 或 false
命令行：pretrain.learning_rate = nan：要求有限的数
命令行：没有 'corpus.sources.7'：'corpus.sources' 是 5 项的列表，从 0 数起
命令行：'name' 是 3，不是一节
命令行：'abc' 不是 键=值 的形式
命令行：pretrain.steps=[a] 不是合法的 TOML；列表写成 ["a", "b"]，外面再加引号"""


@pytest.mark.parametrize(("name", "told"), [("en", TOLD), ("zh", TOLD_ZH)])
def test_everything_wrong_is_told_at_once(
    tmp_path: Path, speak: Callable[[str], None], name: str, told: str
) -> None:
    speak(name)
    path = tmp_path / "r.toml"
    path.write_text(BROKEN, encoding="utf-8")
    assert errors_of(path, WORDS).split("\n") == told.format(r=path).split("\n")


def test_each_problem_can_be_read_by_a_program(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text("[model]\ndepth = 0\n")
    with pytest.raises(RecipeError) as caught:
        resolve_recipe(Recipe, path, ["pretrain.steps=0"])
    assert [(p.key, p.place) for p in caught.value.problems] == [
        ("model.depth", f"{path}:2"),
        ("pretrain.steps", "command line"),
    ]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("model.depth='3'", 'model.depth = "3": must be a whole number'),
        ("model.depth=true", "model.depth = true: must be a whole number"),
        ("model.depth=3.5", "model.depth = 3.5: must be a whole number"),
        ("model.depth=129", "model.depth = 129: must be at most 128"),
        ("model.depth=none", 'model.depth = "none": must be a whole number'),
        ("model.d_model=x", 'model.d_model = "x": must be a whole number or "none"'),
        ("model.d_model=12", "model: d_model 12 is not a multiple of 8"),
        ("model.tie_embeddings=True", 'model.tie_embeddings = "True": must be true or false'),
        ("pretrain.learning_rate='1'", 'pretrain.learning_rate = "1": must be a number'),
        ("pretrain.learning_rate=true", "pretrain.learning_rate = true: must be a number"),
        ("pretrain.learning_rate=0", "pretrain.learning_rate = 0: must be greater than 0"),
        ("pretrain.max_loss=nah", 'pretrain.max_loss = "nah": must be a number'),
        ("pretrain.optimizer=3", 'optimizer = 3: must be a section with name = "adamw" or "muon"'),
        ("pretrain.optimizer.name=muom", 'must be "adamw" or "muon", did you mean "muon"?'),
        ("pretrain.optimizer.name=3", 'optimizer.name = 3: must be "adamw" or "muon"'),
        ("pretrain.devices=[true]", "pretrain.devices.0 = true: must be a whole number"),
        ("name=3", "name = 3: must be text"),
        ("out=3", "out = 3: must be a path"),
        ("model=3", "model = 3: must be a section"),
        ("model=[]", "model = []: must be a section"),
        ("corpus.sources={}", "corpus.sources = {}: must be a list"),
        ("corpus.mixture=[1]", "corpus.mixture = [1]: must be a table"),
        ("corpus.min_words=-1", "corpus.min_words = -1: must be at least 0"),
        ("corpus.min_words.x=1", "corpus.min_words = {x = 1}: must be a whole number"),
        ("depth=3", "unknown key 'depth', did you mean 'model.depth'?"),
        ("zzz=3", "unknown key 'zzz'; there are: name, out, note, corpus, model, pretrain"),
        ("学习率=3", "unknown key '学习率'; there are:"),
        ("=3", "'=3' is not of the form key=value"),
        ("a..b=3", "'a..b' is not a key"),
        ("'a=3", "is not a key"),
        ("name=\udcff", "name = '\\udcff': must be valid Unicode"),
        ("model.depth=0x" + "f" * 5000, "model.depth = a number of 20000 bits: must be at most"),
        ("pretrain.learning_rate=0x" + "f" * 5000, "a number of 20000 bits"),
        ("pretrain.learning_rate=" + "9" * 400, "a number of 1329 bits"),
        ("name=" + "[" * 50_000, "is not valid TOML"),
        ("name=" + "[" * 300 + "]" * 300, "is not valid TOML"),
        (".".join("a" * 500) + "=1", "is not a key"),
    ],
)
def test_a_wrong_override_is_told(word: str, told: str) -> None:
    text = errors_of(None, [word])
    assert text.startswith("command line: ")
    assert told in text
    assert "\n" not in text


def test_a_leftover_key_of_another_choice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text('[pretrain.optimizer]\nname = "muon"\nmomentum = 0.5\n')
    told = errors_of(path, ["pretrain.optimizer.name=adamw"])
    assert told == (
        f"{path}:3: unknown key 'pretrain.optimizer.momentum'; it exists only with name = \"muon\""
    )


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_numbers_that_are_not_finite_are_refused_unless_allowed(tmp_path: Path, value: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text(f"[pretrain]\nlearning_rate = {value}\nmax_loss = {value}\n")
    assert errors_of(path, []) == (
        f"{path}:2: pretrain.learning_rate = {value}: must be a finite number"
    )


def test_differences_are_told_by_key() -> None:
    old = resolve_recipe(Recipe, None, ['corpus.sources=[{kind="text", paths=["a"]}]'])
    new = resolve_recipe(
        Recipe,
        None,
        [
            "model.depth=9",
            "pretrain.optimizer.name=adamw",
            "note=none",
            'corpus.sources=[{kind="text", paths=["b"]}]',
        ],
    )
    assert [tuple(difference) for difference in diff_configs(old, new)] == [
        ("note", "a note", None),
        ("corpus.sources.0.paths", ["a"], ["b"]),
        ("model.depth", 4, 9),
        ("pretrain.optimizer.name", "muon", "adamw"),
        ("pretrain.optimizer.lr", 0.02, 3e-4),
        ("pretrain.optimizer.momentum", 0.8, None),
        ("pretrain.optimizer.beta_first", None, 0.9),
    ]
    assert diff_configs(old, old) == []
