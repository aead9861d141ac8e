"""Whatever is wrong with what a user gives, one message says what, where and what to do: exit 2."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import tarfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import zstandard
from tests.cli.conftest import SMALL, CommandLine, make_text

BAD_RECIPES = [
    ("[pretrain]\nstep = 3\n", "toml", "r.toml:2: unknown key 'pretrain.step'", "pretrain.steps"),
    ("[modl]\nd_model = 64\n", "toml", "r.toml:1: unknown key 'modl'", "'model'"),
    ('[pretrain]\nsteps = "many"\n', "toml", "r.toml:2: pretrain.steps", "a whole number"),
    ("[pretrain]\nsteps = 2.0\n", "toml", "r.toml:2: pretrain.steps", "write 2"),
    ("[pretrain]\n\nsteps = -1\n", "toml", "r.toml:3: pretrain.steps = -1", "at least 1"),
    ('[pretrain]\nprecision = "int8"\n', "toml", "r.toml:2: pretrain.precision", '"bfloat16"'),
    ("", "toml", "r.toml: this recipe is empty", "yanmo new"),
    (b"\xff\xfe[\0", "toml", "r.toml:1: this file is not UTF-8", "Save it as UTF-8"),
    ("name = 'x'\n[pretrain\n", "toml", "r.toml:2: this is not valid TOML", "]"),
    ("[pretrain]\nsteps = 1\nsteps = 2\n", "toml", "r.toml:3: ", "every key appears once"),
    ("pretrain:\n  steps: 1\n bad\n", "yaml", "r.yaml:3: this is not valid YAML", ""),
    ("pretrain:\n  steps: 1\n  steps: 2\n", "yaml", "r.yaml:3: key 'pretrain.steps'", "twice"),
    ("- a\n- b\n", "yaml", "r.yaml: a recipe is a table", ""),
    ("{}", "json", "r.json: a recipe is a .toml", "'.json'"),
]


@pytest.mark.parametrize(("content", "suffix", "where", "what"), BAD_RECIPES)
def test_a_bad_recipe_is_refused_with_its_line(
    yanmo: CommandLine, content: str | bytes, suffix: str, where: str, what: str
) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    (yanmo.folder / f"r.{suffix}").write_bytes(raw)
    message = yanmo.refused("run", f"r.{suffix}")
    assert where in message
    assert what in message


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "python_doc"], "Did you mean 'python_docs'?"),
        (["run", "no/such.toml"], "there is no such recipe"),
        (["run", "."], "Name a .toml or .yaml file"),
        (["run", "python_docs", "pretrain.stepz=3"], "command line: unknown key 'pretrain.stepz'"),
        (["run", "python_docs", "a.b=1"], "command line: unknown key 'a'"),
        (["run", "python_docs", "word"], "'word' is not of the form key=value"),
        (["run", "python_docs", "tokenizer.vocab_size=100"], "must be at least 268"),
        (["run", "python_docs", "name=.."], "cannot be the name of a folder"),
        (["run", "python_docs", "--out", "x" * 300], "too long"),
        (["run", "python_docs", "name=a/b"], "cannot be the name of a folder"),
        (["run", "python_docs", "model.depth=2"], "command line: model: model.preset"),
        (["run", "python_docs", "model.num_heads=3", "model.num_kv_heads=2"], "not a multiple"),
        (["run", "python_docs", "model.num_heads=500"], "192 / 500"),
        (["config", "check", "python_docs", "model.head_dim=7"], "head_dim = 7"),
        (["run", "python_docs", "evaluate.stride_tokens=999"], "is more than the context"),
        (["run", "python_docs", "pretrain.micro_batch_rows=5"], "command line: pretrain"),
        (["run", "python_docs", "corpus.sources=[{kind='files'}]"], "command line: "),
        (["config", "explain", "pretrain.stps"], "did you mean 'pretrain.steps'?"),
        (["config", "explain", "zzz"], "there are: name, corpus"),
        (["ls", "nonsense"], "There are: recipes"),
        (["ls", "recipe"], "Did you mean 'recipes'?"),
        (["new", "python_doc"], "Did you mean 'python_docs'?"),
        (["new", "python_docs", "no/folder/x.toml"], "cannot be written"),
        (["rnu"], "Did you mean 'run'?"),
        (["runs", "show", "nowhere"], "nowhere: this is no run"),
        (["runs", "why", "nowhere"], "nowhere: there is no such file"),
        (["runs", "why", "."], "this path lies in no run"),
        (["runs", "ls", "nowhere"], "nowhere: there is no such folder"),
        (["generate", "nowhere"], "nowhere: this is no model folder"),
        (["generate", "."], "it has no config.json"),
        (["plan", "python_docs", "model.head_dim=7"], "head_dim = 7"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_word_is_refused(yanmo: CommandLine, words: list[str], expected: str) -> None:
    message = yanmo.refused(*words)
    assert expected in message
    assert list(yanmo.folder.iterdir()) == []


def test_all_mistakes_are_told_at_once(yanmo: CommandLine) -> None:
    (yanmo.folder / "r.toml").write_text("[pretrain]\nstep = 3\nbatch_rows = 0\n")
    message = yanmo.refused("run", "r.toml", "model.dropout=x", "word")
    assert [line.split(": ")[0] for line in message.removeprefix("error: ").splitlines()] == [
        "r.toml:2",
        "r.toml:3",
        "command line",
        "command line",
    ]


def test_a_device_or_precision_that_is_missing_is_told_before_the_corpus_is_read(
    yanmo: CommandLine, text_file: Path
) -> None:
    import torch

    from yanmo.core.device import computes_bfloat16

    asked = []
    if not torch.cuda.is_available():
        asked.append(("pretrain.device=cuda", "no device 'cuda'"))
    if not computes_bfloat16(torch.device("cpu")):
        asked.append(("pretrain.precision=bfloat16", "does not compute in bfloat16"))
    if not asked:
        pytest.skip("this machine has a GPU and computes in bfloat16")
    for setting, expected in asked:
        settings = [*SMALL, "pretrain.device=cpu", setting]
        assert expected in yanmo.refused("demo", "--text", text_file, *settings)
    assert list(yanmo.folder.iterdir()) == [text_file]


def test_a_model_that_no_memory_holds_is_told(yanmo: CommandLine, text_file: Path) -> None:
    settings = [*SMALL, "model.d_model=40000000"]
    ended = yanmo("demo", "--text", text_file, "--out", "run", *settings)
    assert ended.code == 1
    assert "run/pretrain: there is not enough memory" in ended.err
    assert "`yanmo plan`" in ended.err


BAD_TEXTS = {
    "missing.txt": (None, "does not exist"),
    "empty.txt": (b"", "everything in it is empty"),
    "blank.txt": (b"  \n\n \n", "everything in it is empty"),
    "binary.txt": (random.Random(1).randbytes(9000), "this is a binary file"),
    "picture.png": (b"\x89PNG\r\n", "this file type is not read"),
    "cut.txt.gz": (gzip.compress(b"x" * 99)[:9], "the compressed file is truncated"),
    "wrong.txt.gz": (b"this is no gzip file", "the compressed data is corrupt"),
    "wrong.txt.zst": (random.Random(2).randbytes(999), "the compressed data is corrupt"),
    "russian.txt": (
        ("Мы учимся здесь читать и писать. " * 300).encode("koi8-r"),
        "encoding=koi8-r",
    ),
    "czech.txt": (
        ("Dnes je pěkný den a jdeme k řekám. " * 300).encode("cp1250"),
        "Name its encoding",
    ),
    "bad.jsonl": (b"{bad\n{worse\n", "broken JSON"),
    "table.csv": (b"title,body\na,b\n", "there is no column 'text'; the columns are title, body"),
    "short.txt": (b"One sentence is no corpus.", "leaves nothing for validation, test"),
}


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_a_text_that_cannot_be_used_is_named(yanmo: CommandLine, name: str) -> None:
    content, expected = BAD_TEXTS[name]
    if content is not None:
        (yanmo.folder / name).write_bytes(content)
    message = yanmo.refused("corpus", "python_docs", _source(name), "--out", "run")
    assert expected in message
    assert message.startswith(("error: " + name, "error: run/corpus"))
    assert "\n  " in message, "it says what to do"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "texts: this folder holds no readable files"),
        (
            {"a.png": b"\x89PNG", "b/c.doc": b"\xd0\xcf"},
            "texts: this folder holds no readable files",
        ),
        ({"a.png": b"\x89PNG", "b/c.pdf": b"%PDF"}, "texts/b/c.pdf: broken PDF"),
        ({"a.txt": b"", "b.txt": b"\n"}, "everything in it is empty"),
    ],
)
def test_a_folder_without_text_is_named(
    yanmo: CommandLine, files: dict[str, bytes], expected: str
) -> None:
    folder = yanmo.folder / "texts"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    assert expected in yanmo.refused("demo", "--text", "texts")


def test_an_archive_is_refused(yanmo: CommandLine, text_file: Path) -> None:
    with tarfile.open(yanmo.folder / "all.tar.gz", "w:gz") as archive:
        archive.add(text_file, "text.txt")
    message = yanmo.refused("demo", "--text", "all.tar.gz")
    assert "all.tar.gz: archives are not read" in message
    assert "Unpack it" in message


def test_a_text_too_small_for_the_vocabulary_is_told_which_size_fits(
    yanmo: CommandLine, text_file: Path
) -> None:
    settings = [*SMALL, "tokenizer.vocab_size=60000"]
    message = yanmo.refused("demo", "--text", text_file, "--out", "run", *settings)
    assert "tokenizer.vocab_size: the text supports a vocabulary of" in message
    size = message.split("Set tokenizer.vocab_size=")[1].split(",")[0]
    words = ["tokenizer", "run/recipe.toml", "--out", "run", f"tokenizer.vocab_size={size}"]
    assert yanmo(*words).code == 0


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-be", "utf-8-sig", "big5"])
def test_chinese_is_read_correctly_in_its_encodings(yanmo: CommandLine, encoding: str) -> None:
    paragraph = "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。这是我们在学校里学的第{}首诗。\n\n"
    if encoding == "big5":
        paragraph = (
            "春眠不覺曉，處處聞啼鳥。夜來風雨聲，花落知多少。這是我們在學校裡學的第{}首詩。\n\n"
        )
    expected = "".join(paragraph.format(number) for number in range(400))
    (yanmo.folder / "poem.txt").write_bytes(expected.encode(encoding))
    settings = [_source("poem.txt"), "corpus.sources.0.max_document_characters=200"]
    ended = yanmo("corpus", "python_docs", *settings, "--out", "run")
    assert ended.code == 0, ended.err
    found = "".join(_documents(yanmo.folder / "run"))
    assert found.replace("\n", "") == expected.replace("\n", "")


def test_a_named_encoding_is_used(yanmo: CommandLine) -> None:
    paragraph = "Мы учимся здесь читать и писать, урок {}.\n\n"
    expected = "".join(paragraph.format(number) for number in range(900))
    (yanmo.folder / "book.txt").write_bytes(expected.encode("koi8-r"))
    settings = ["corpus.sources.0.encoding=koi8-r", "corpus.sources.0.max_document_characters=100"]
    words = ["corpus", "python_docs", _source("book.txt"), *settings, "--out", "run"]
    assert yanmo(*words).code == 0
    assert "урок 899." in "".join(_documents(yanmo.folder / "run"))


def test_what_is_readable_in_a_damaged_file_is_read_and_the_rest_is_counted(
    yanmo: CommandLine,
) -> None:
    lines = [json.dumps({"text": line}) for line in make_text(300).split("\n\n") if line]
    lines[3], lines[70] = lines[3][:40], "[1, 2]"
    lines[200] = '{"text": "half a pair: \\ud800"}'
    (yanmo.folder / "broken.jsonl").write_text("\n".join(lines))
    ended = yanmo("corpus", "python_docs", _source("broken.jsonl"), "--out", "run")
    assert ended.code == 0
    assert "3 files or records could not be read; the first: broken.jsonl" in ended.err
    report = _report(yanmo.folder / "run")
    assert report["read"]["documents"] == len(lines) - 3
    assert [entry["offset"] for entry in report["unreadable"]] == [
        len("\n".join(lines[:number])) + 1 for number in (3, 70, 200)
    ]


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_what_stands_before_a_truncation_is_read(yanmo: CommandLine, suffix: str) -> None:
    raw = b"".join(
        random.Random(number).randbytes(60).hex().encode() + b"\n\n" for number in range(9000)
    )
    packed = gzip.compress(raw) if suffix == "gz" else zstandard.compress(raw)
    (yanmo.folder / f"t.txt.{suffix}").write_bytes(packed[: len(packed) * 3 // 4])
    ended = yanmo("corpus", "python_docs", _source(f"t.txt.{suffix}"), "--out", "run")
    assert ended.code == 0, ended.err
    assert f"t.txt.{suffix}: the compressed file is truncated" in ended.err
    report = _report(yanmo.folder / "run")
    assert report["unreadable_count"] == 1
    assert 0.5 * len(raw) < report["read"]["bytes"] < 0.8 * len(raw)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-n", "0"], "max_new_tokens = 0: must be at least 1"),
        (["--top-p", "2"], "top_p = 2.0: must be at most 1"),
        (["--top-p", "0"], "top_p = 0.0: must be greater than 0"),
        (["--temperature", "nan"], "temperature = nan"),
        (["--temperature", "-1", "--top-k", "0"], "top_k = 0"),
        (["--seed", "99999999999999999999"], "seed"),
        (["--device", "tpu"], "unknown device 'tpu'"),
        (["-n", "x"], "'--max-new-tokens' / '-n'"),
    ],
    ids=" ".join,
)
def test_a_bad_decoding_setting_is_refused(
    yanmo: CommandLine, words: list[str], expected: str
) -> None:
    model = _empty_model_folder(yanmo)
    ended = yanmo("generate", model, *words)
    assert ended.code == 2
    assert expected in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    ("name", "num_bytes_left", "expected"),
    [
        ("config.json", None, "model: this is no model folder: it has no config.json"),
        ("config.json", 20, "config.json: cannot read this file as JSON"),
        ("model.safetensors", None, "model.safetensors: this file of weights is missing"),
        ("model.safetensors", 5000, "model.safetensors: this file of weights is truncated"),
        ("tokenizer.json", None, "model: there is no tokenizer here (no tokenizer.json,"),
        ("tokenizer.json", 1000, "tokenizer.json: cannot read this tokenizer"),
    ],
)
def test_a_damaged_model_folder_is_named(
    yanmo: CommandLine, finished: Path, name: str, num_bytes_left: int | None, expected: str
) -> None:
    model = yanmo.folder / "model"
    shutil.copytree(finished / "run" / "pretrain" / "model", model)
    content = (model / name).read_bytes()
    (model / name).unlink()
    if num_bytes_left is not None:
        (model / name).write_bytes(content[:num_bytes_left])
    ended = yanmo("generate", "model", "-p", "x")
    assert ended.code == 2
    assert expected in ended.err


def test_an_empty_prompt_and_one_longer_than_the_context_are_continued(finished: Path) -> None:
    yanmo = CommandLine(finished)
    model = "run/pretrain/model"
    empty = yanmo("generate", model, "-p", "", "-n", "3")
    assert (empty.code, empty.err) == (0, "")
    long = yanmo("generate", model, "-p", "word " * 400, "-n", "3", "--json")
    assert long.code == 0
    assert "the model reads the last 32 of them" in long.err
    assert json.loads(long.out)["prompt"] == "word " * 400


def _source(name: str) -> str:
    return f"corpus.sources=[{{kind = 'files', paths = ['{name}']}}]"


def _report(run: Path) -> dict[str, dict[str, int]]:
    return json.loads((run / "corpus" / "report.json").read_bytes())  # type: ignore[no-any-return]


def _documents(run: Path) -> list[str]:
    parts = sorted((run / "corpus").glob("part-*.parquet"))
    return [text for part in parts for text in pq.read_table(part)["text"].to_pylist()]


def _empty_model_folder(yanmo: CommandLine) -> Path:
    """A folder that must not be looked into before the settings are."""
    folder = yanmo.folder / "model"
    folder.mkdir()
    return folder
