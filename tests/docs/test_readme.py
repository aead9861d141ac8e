"""The README in two languages: same blocks, same sections; every command on it does what it says.

`test_every_block_runs` executes each `bash` and `python` block as it is written, in order, in the
copy of the repository where `make demo` ran. Blocks that train for minutes are shortened by
`STAND_INS`, the demo by `SHORT_DEMO`, and nothing by anything else; `yanmo` starts warm. The demo
at its full length, and every command from a cold start, are of the night.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.conftest import FEW_EXAMPLES, copy_and_make_demo
from tests.docs.pages import (
    README,
    README_ZH,
    REPOSITORY,
    Block,
    assert_same_blocks,
    names_in_tree,
    read_blocks,
    read_headings,
    read_links,
    read_measured,
)

from yanmo.training.metrics import read_rows

LITTLE_TEXT = "corpus.sources.0.max_bytes=600000 tokenizer.vocab_size=1024 evaluate.max_tokens=3000"
FEW = "{ train = 64, validation = 8, test = 8 }"
STAND_INS = {
    "yanmo new python_docs": (
        "yanmo new python_docs\nsed --in-place --expression"
        f" 's/max_examples = .*/max_examples = {FEW}/; s/30_000/3_000/' python_docs.toml"
    ),
    "queue add python_docs": f"queue add python_docs {' '.join(FEW_EXAMPLES)} {LITTLE_TEXT}",
    "model.family=bert": f"model.family=bert {LITTLE_TEXT}",
    "plan python_docs.toml pretrain.steps=500": "plan python_docs.toml --no-probe",
    "pretrain.steps=500": "pretrain.steps=24",
    "--text my_text.txt": "--text my_text.txt pretrain.steps=24",
    "--kills 20": f"--kills 1 --steps 12 {LITTLE_TEXT}",
    "ngram,ffn,lstm,qwen3 --budget 60s": f"ngram,qwen3 --budget 2s {LITTLE_TEXT}",
    "--steps 100": f"--steps 20 {LITTLE_TEXT}",
    "finetune.reviews.epochs=4,8": "finetune.reviews.epochs=1,2",
}
REVIEWS = (
    ("a lovely film", "good"),
    ("音乐很动听", "good"),
    ("a dull film", "bad"),
    ("音乐很刺耳", "bad"),
)
MAX_LINES = 250
TEXT_BYTES = 600_000


def shorten(text: str, stand_ins: Mapping[str, str] = STAND_INS) -> str:
    """`text` with what would train for minutes made short."""
    for long, short in stand_ins.items():
        text = text.replace(long, short)
    return text


def write_text(path: Path) -> None:
    """A file of the reader's own: here, the source of Python's standard library."""
    library = Path(sysconfig.get_path("stdlib"))
    text = "\n\n".join(
        source.read_text(encoding="utf-8", errors="replace") for source in library.glob("*.py")
    )
    path.write_text(text[:TEXT_BYTES], encoding="utf-8")


def write_reviews(path: Path) -> None:
    """Reviews of the reader's own: texts and what they say."""
    rows = [f"{text} {number},{label}" for number in range(40) for text, label in REVIEWS]
    path.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")


def execute(
    block: Block,
    folder: Path,
    commands_first: Path | None = None,
    stand_ins: Mapping[str, str] = STAND_INS,
) -> str:
    """Run a block in `folder`, with the environment's commands on the path; its output.

    Args:
        commands_first: a folder of commands that win over those of the environment.
        stand_ins: what of it is shortened, and to what.
    """
    text = shorten(block.text, stand_ins)
    commands = {
        "bash": ["bash", "-euo", "pipefail", "-c", text],
        "python": [sys.executable, "-c", text],
    }
    folders = [commands_first, Path(sys.executable).parent, os.environ["PATH"]]
    path = os.pathsep.join(str(one) for one in folders if one is not None)
    done = subprocess.run(
        commands[block.language],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": path},
    )
    assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def blocks_to_execute() -> list[Block]:
    """The blocks that a reader copies, the first one apart: `make demo` is a fixture."""
    blocks = [
        block
        for block in read_blocks(README.read_text(encoding="utf-8"))
        if block.language in ("bash", "python")
    ]
    first = blocks[0].text.splitlines()
    assert first[0] == "make demo"
    return [Block("bash", "\n".join(first[1:])), *blocks[1:]]


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "commands", ["warm_commands", pytest.param(None, marks=pytest.mark.nightly)], ids=str
)
def test_every_block_runs(
    demo_run: Path, commands: str | None, request: pytest.FixtureRequest
) -> None:
    first = request.getfixturevalue(commands) if commands else None
    write_text(demo_run / "my_text.txt")
    write_reviews(demo_run / "reviews.csv")
    outputs = [execute(block, demo_run, first) for block in blocks_to_execute()]
    assert outputs[0].startswith("Return the")
    assert (demo_run / "runs" / "my_text" / "report.html").is_file()
    assert (demo_run / "runs" / "python_docs" / "pretrain.previous").is_dir()
    judged = (demo_run / "judged.csv").read_text(encoding="utf-8").splitlines()
    assert judged[0].startswith("text,label,prediction,")
    assert len(judged) == 1 + 40 * len(REVIEWS)
    assert "every loss and the final weights are identical" in "".join(outputs)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_the_demo_ends_at_its_full_length(tmp_path: Path) -> None:
    copy_and_make_demo(tmp_path / "yanmo")
    run_dir = tmp_path / "yanmo" / "runs" / "python_docs"
    losses = [
        row["validation/loss"]
        for row in read_rows(run_dir / "pretrain" / "metrics.jsonl")
        if "validation/loss" in row
    ]
    assert losses[-1] < 0.7 * losses[0]
    tasks = {path.parent.parent.name for path in run_dir.glob("finetune/*/evaluate/report.json")}
    assert tasks == {"modules", "summaries"}
    assert (run_dir / "report.html").is_file()


def test_every_stand_in_shortens_a_block() -> None:
    text = "".join(block.text for block in blocks_to_execute())
    assert [long for long in STAND_INS if long not in text] == []


def test_a_failing_block_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="yanmo rnu"):
        execute(Block("bash", "yanmo rnu\ntrue"), tmp_path)


@pytest.mark.parametrize("page", [README, README_ZH], ids=lambda page: page.name)
def test_the_readme_is_short_and_its_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) < MAX_LINES
    assert text.startswith("[English](README.md) | [中文](README_zh.md)\n")
    anchors = {anchor for _, anchor in read_headings(text)}
    for link in read_links(text):
        if link.startswith("#"):
            assert link[1:] in anchors
        else:
            assert (REPOSITORY / link).exists(), link


def test_both_languages_have_the_same_sections_blocks_and_results() -> None:
    english, chinese = (page.read_text(encoding="utf-8") for page in (README, README_ZH))
    assert read_headings(english) == read_headings(chinese)
    assert read_measured(english) == read_measured(chinese)
    assert_same_blocks(english, chinese)


def test_the_tree_names_what_there_is() -> None:
    tree = read_blocks(README.read_text(encoding="utf-8"))[1].text
    listed = set(names_in_tree(tree))
    package = REPOSITORY / "src" / "yanmo"
    parts = {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}
    assert parts <= listed
    elsewhere = listed - parts - {"src/yanmo/"}
    assert [name for name in elsewhere if not (REPOSITORY / name).is_dir()] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_tree_of_the_corpus_engine_names_its_packages(language: str) -> None:
    page = REPOSITORY / "docs" / language / "corpus.md"
    blocks = read_blocks(page.read_text(encoding="utf-8"))
    (tree,) = [block.text for block in blocks if block.text.startswith("src/yanmo/corpus/")]
    packages = (REPOSITORY / "src" / "yanmo" / "corpus").glob("*/__init__.py")
    listed = names_in_tree(tree)[1:]
    assert len(listed) == len(set(listed))
    assert set(listed) == {f"{path.parent.name}/" for path in packages}


@pytest.mark.parametrize("page", ["README.md", "README_zh.md"])
def test_every_bench_script_is_listed_and_there(page: str) -> None:
    text = (REPOSITORY / "bench" / page).read_text(encoding="utf-8")
    listed = set(re.findall(r"`(\w+\.py)`", text))
    assert [name for name in listed if not (REPOSITORY / "bench" / name).is_file()] == []
    scripts = (REPOSITORY / "bench").glob("*.py")
    is_run = {path.name for path in scripts if "__main__" in path.read_text(encoding="utf-8")}
    assert is_run - listed == set()
