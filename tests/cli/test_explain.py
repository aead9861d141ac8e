"""`yanmo explain`: what is printed, the page, files of texts, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.interpretation.subjects import TEXT, language_model, task_model, tokenizer

from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.checkpoint.task_folder import save_task_folder
from yanmo.cli import main as cli

IDS = {"bos": 0, "eos": 0, "pad": 1}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model that writes, `gpt2`, one with a head, `bert`, and texts in a file."""
    folder = tmp_path_factory.mktemp("models")
    for name, save, subject in (
        ("gpt2", save_model_folder, language_model("gpt2")),
        ("bert", save_task_folder, task_model("bert")),
    ):
        save(
            subject.model,  # type: ignore[arg-type]
            folder / name,
            save_tokenizer=tokenizer().save,
            special_ids=IDS,
        )
    rows = [
        {"text": f"the river number {number} runs to the sea", "label": ("bad", "good")[number % 2]}
        for number in range(12)
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "texts.jsonl").write_text(lines, encoding="utf-8")
    words = [{"words": ["the", "sea", "is", "full"], "tags": ["O", "B", "O", "O"]}] * 10
    lines = "".join(json.dumps(row) + "\n" for row in words)
    (folder / "words.jsonl").write_text(lines, encoding="utf-8")
    return folder


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str | Path
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `yanmo explain`."""
    monkeypatch.setattr(sys, "argv", ["yanmo", "explain", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, told.out, told.err


def test_every_token_has_a_number_of_every_method(
    models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run(
        capsys, monkeypatch, models / "gpt2", "-p", TEXT, "--methods", "occlusion,attention-rollout"
    )
    assert code == 0, err
    lines = out.splitlines()
    assert lines[0].startswith("next token: ")
    assert lines[1].split() == ["token", "occlusion", "attention_rollout"]
    assert len(lines) > 8


def test_the_page_is_written_in_the_language_that_is_asked_for(
    models: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = tmp_path / "why.html"
    texts = models / "texts.jsonl"
    arguments = [models / "bert", "-p", TEXT, "--label", "good", "--out", page, "--language", "zh"]
    more = ["--methods", "occlusion", "--faithfulness", texts, "--max-texts", "4"]
    code, out, err = run(capsys, monkeypatch, *arguments, *more)
    assert code == 0, err
    assert out.startswith("class: good")
    assert "in the deletion test" in out or "the deletion test" in out
    text = page.read_text(encoding="utf-8")
    assert 'lang="zh-Hans"' in text and "在 4 段文本上" in text
    code, _, err = run(capsys, monkeypatch, *arguments)
    assert code == 2 and "is there already" in err


def test_programs_get_json(
    models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run(
        capsys,
        monkeypatch,
        *(models / "gpt2", "-p", "to the sea and the", "--against", "to the bad and the"),
        *("--answer", " the", "--methods", "occlusion", "--json"),
    )
    assert code == 0, err
    told = json.loads(out)
    assert told["answer"]["text"] == " the"
    assert len(told["patching"]["recovered"]) == 3
    assert {one["part"] for one in told["attention"]} == {"self"}


@pytest.mark.parametrize(("file", "unit"), [("texts.jsonl", "text"), ("words.jsonl", "word")])
def test_labels_of_texts_and_of_words_are_probed(
    models: Path,
    file: str,
    unit: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, out, err = run(capsys, monkeypatch, models / "gpt2", "--probe", models / file, "--json")
    assert code == 0, err
    report = json.loads(out)
    assert report["unit"] == unit
    assert [one["layer"] for one in report["layers"]] == ["embeddings", "1", "2"]
    code, out, _ = run(capsys, monkeypatch, models / "gpt2", "--probe", models / file)
    assert code == 0 and "selectivity" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("gpt2",), "give a text with -p"),
        (("gpt2", "-p", "x", "--probe", "y"), "give a text with -p"),
        (("nothing", "-p", "x"), "there is no model in this folder"),
        (("gpt2", "-p", TEXT, "--label", "good"), "takes no --label"),
        (("gpt2", "-p", TEXT, "--methods", "magic"), "no method 'magic'"),
        (("bert", "-p", TEXT, "--label", "great"), "There are: bad, fair, good"),
        (("bert", "-p", TEXT, "--head", "other"), "no head other"),
        (("gpt2", "-p", TEXT, "--switch-off", "half"), "heads are switched off by"),
        (("gpt2", "-p", TEXT, "--out", "no/such/folder.html"), "there is no folder"),
        (("gpt2", "-p", TEXT, "--device", "abacus"), "unknown device"),
        (("gpt2", "--probe", "texts.jsonl", "--label-column", "mood"), "no column 'mood'"),
        (("gpt2", "--probe", "texts.jsonl", "--out", "x.html"), "printed, not written"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    models: Path,
    arguments: tuple[str, ...],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(models)
    code, _, err = run(capsys, monkeypatch, *arguments)
    assert code == 2
    assert told in err
    assert "Traceback" not in err


def test_the_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['yanmo', 'explain', '--help']\n"
        "from yanmo.cli import main\n"
        "try: main.main()\n"
        "except SystemExit: pass\n"
        "assert not {'torch', 'numpy', 'captum', 'sklearn'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
