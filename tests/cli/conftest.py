"""The command line as a user meets it: a real process, a folder of one's own, small texts."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from tests.cli.warm_process import WarmProcess, ask

YANMO = [sys.executable, "-m", "yanmo"]
SMALL = [
    "corpus.sources.0.max_document_characters=400",
    "corpus.split.validation_frac=0.1",
    "corpus.split.test_frac=0.1",
    "tokenizer.vocab_size=320",
    "model.preset=none",
    "model.depth=1",
    "model.d_model=32",
    "model.head_dim=16",
    "model.max_seq_len=32",
    "pretrain.steps=6",
    "pretrain.batch_rows=2",
    "pretrain.schedule.warmup_steps=2",
    "pretrain.checkpoint_every=2",
    "pretrain.sample_every=none",
    "pretrain.precision=float32",
    "evaluate.baseline_order=none",
    "evaluate.max_tokens=200",
]
"""Overrides for a whole life of a few seconds."""


def environment(language: str = "en") -> dict[str, str]:
    """The environment of a command that speaks `language`, on one core."""
    return os.environ | {"YANMO_LANG": language, "COLUMNS": "100", "OMP_NUM_THREADS": "1"}


def warnings_of_libraries(text: str) -> list[str]:
    """Lines that Python's warnings or torch's own log have left, which no user can act on."""
    pattern = re.compile(r"\b[A-Z]\w*Warning: |\[[WE]\d{3,4} \d\d:|(^|\s)W\d{4} \d\d:")
    return [line for line in text.splitlines() if pattern.search(line)]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


class CommandLine:
    """Runs `yanmo` in a folder; whatever happens, nobody is shown a traceback."""

    warm: ClassVar[dict[str, WarmProcess]] = {}
    """By language; they end with the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str | Path, language: str = "en") -> Ended:
        """Run a command to its end."""
        if language not in self.warm:
            folder = Path(tempfile.mkdtemp(prefix="yanmo-"))
            self.warm[language] = WarmProcess(folder, environment(language))
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            with Path(os.devnull).open("rb") as nothing:
                code = ask(
                    self.warm[language].address,
                    [str(word) for word in words],
                    folder=str(self.folder),
                    environment=environment(language),
                    streams=(nothing.fileno(), out.fileno(), err.fileno()),
                    timeout_s=200,
                )
            out.seek(0)
            err.seek(0)
            ended = Ended(code, out.read().decode(), err.read().decode())
        assert "Traceback" not in ended.err, ended.err
        assert "Exception ignored" not in ended.err, ended.err
        assert warnings_of_libraries(ended.err) == [], ended.err
        return ended

    def refused(self, *words: str | Path, code: int = 2) -> str:
        """Run a command that must fail with `code`, in both languages; the English message."""
        chinese = self(*words, language="zh")
        english = self(*words)
        assert (english.code, chinese.code) == (code, code), english.err + chinese.err
        assert "error:" in english.err
        assert "错误：" in chinese.err
        message = chinese.err[chinese.err.index("错误：") + 3 :]
        assert any("\u4e00" <= character <= "\u9fff" for character in message), message
        return english.err[english.err.index("error:") :]

    def start(self, *words: str | Path) -> subprocess.Popen[str]:
        """Start a command and leave it running; Ctrl-C reaches it even where the tests themselves
        were started in the background, which hands down that it is ignored."""
        return subprocess.Popen(
            [*YANMO, *map(str, words)],
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="session", autouse=True)
def warm_processes() -> Iterator[None]:
    """Ends the processes that commands ran in."""
    yield
    for process in CommandLine.warm.values():
        process.close()
        shutil.rmtree(Path(process.address).parent)
    CommandLine.warm.clear()


@pytest.fixture
def yanmo(tmp_path: Path) -> CommandLine:
    """The command line in an empty folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    return CommandLine(folder)


def make_text(num_paragraphs: int, *, seed: int = 0) -> str:
    """Paragraphs of about 200 characters from a vocabulary of a few hundred words."""
    generator = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(generator.choices(letters, k=generator.randint(2, 8))) for _ in range(300)]
    return "".join(
        " ".join(generator.choices(words, k=34)) + ".\n\n" for _ in range(num_paragraphs)
    )


@pytest.fixture(scope="session")
def text() -> str:
    """Enough text for `SMALL`."""
    return make_text(400)


@pytest.fixture
def text_file(yanmo: CommandLine, text: str) -> Path:
    """The text in a file in the folder of the command line."""
    path = yanmo.folder / "text.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, text: str) -> Path:
    """A folder with a text, `text.txt`, and a finished run on it, `run`. Copy it to change it."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "text.txt").write_text(text, encoding="utf-8")
    ended = CommandLine(folder)("demo", "--text", "text.txt", "--out", "run", "--json", *SMALL)
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["up_to_date"] == []
    return folder


@pytest.fixture
def copy_of_finished(finished: Path, tmp_path: Path) -> CommandLine:
    """The command line in a copy of the folder with a finished run."""
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    return CommandLine(folder)
