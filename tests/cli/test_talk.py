"""`yanmo chat` over pipes and in a terminal: turns, commands, Ctrl-C, earlier lines."""

from __future__ import annotations

import codecs
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.cli.conftest import YANMO, environment

from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.cli.talk import chat
from yanmo.cli.talk_input import read_turn
from yanmo.inference.generate import generate_text
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.tokens.chat import own_chat
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

TEXT = "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。"
PATIENCE_S = 120


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model that writes on and on."""
    tokenizer = train_tokenizer([TEXT] * 3, 304)
    ids = {"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    section = {"family": "gpt2", "depth": 1, "d_model": 32, "num_heads": 2, "max_seq_len": 60_000}
    shape = derive_model(ModelConfig.model_validate(section), tokenizer.vocab_size, ids).config
    model = build_model(shape, torch.device("cpu"), seed=3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3.0)
        for token in range(tokenizer.vocab_size):
            if tokenizer.is_special(token):
                model.embed.weight[token] = -1.0
        model.final_norm.bias.fill_(1.0)  # every control token is most improbable
    path = tmp_path_factory.mktemp("talk") / "model"
    save_model_folder(model, path, save_tokenizer=tokenizer.save, special_ids=ids)
    return path


def said(folder: Path, monkeypatch: pytest.MonkeyPatch, lines: str, **options: Any) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    chat(folder, **{"device": "cpu", "temperature": 0.0, "max_new_tokens": 6, **options})


def turns(text: str) -> list[str]:
    lines = iter(text.splitlines())

    def read(_has_begun: bool) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    found = []
    while True:
        try:
            found.append(read_turn(read))
        except EOFError:
            return found


def test_a_turn_is_a_line_or_what_stands_between_fences_or_is_joined() -> None:
    assert turns("a\nb") == ["a", "b"]
    assert turns("```\na\n\n  b\n```\nc") == ["a\n\n  b", "c"]
    assert turns("a\\\nb\\\nc\nd") == ["a\nb\nc", "d"]
    assert turns("```\nnever closed") == ["never closed"]
    assert turns("a\\") == ["a"]


def test_piped_lines_are_turns_and_answers_alone_are_printed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said(folder, monkeypatch, "白日\n\n黄河\n", as_json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["prompt"] for line in lines] == ["白日", "黄河"]
    assert all(line["num_tokens"] == 6 and line["finish_reason"] == "length" for line in lines)
    said(folder, monkeypatch, "白日\n黄河\n")
    out = capsys.readouterr().out
    assert out == "".join(line["text"] + "\n" for line in lines)


def test_a_plain_conversation_goes_on_with_the_text(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from yanmo.checkpoint.model_folder import load_model

    said(folder, monkeypatch, "白日\n", is_plain=True)
    expected = generate_text(
        load_model(folder), Tokenizer.load(folder), "白日", max_new_tokens=6, temperature=0.0
    )
    assert capsys.readouterr().out == expected + "\n"


def test_commands_change_what_comes_after_them(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    path = tmp_path / "kept.json"
    script = [
        *("/system 短", "白日", f"/save {path}", "海", "/undo", "/max_new_tokens 2", "/retry"),
        *("/temperature 9999", "/tempratur 1", "/clear", "/retry", f"/load {path}", "/retry"),
        *("/load", f"/load {path}.not", "//slash", "/help", "/seed 3", "/seed none", "/quit", "x"),
    ]
    said(folder, monkeypatch, "\n".join(script), as_json=True)
    captured = capsys.readouterr()
    found = [json.loads(line) for line in captured.out.splitlines()]
    assert [line["prompt"] for line in found] == ["白日", "海", "白日", "白日", "/slash"]
    assert [line["num_tokens"] for line in found] == [6, 6, 2, 2, 2]
    kept = json.loads(path.read_text(encoding="utf-8"))["messages"]
    assert [(turn["role"], turn["content"]) for turn in kept[:2]] == [
        ("system", "短"),
        ("user", "白日"),
    ]
    errors = captured.err
    assert "temperature = 9999" in errors and "Did you mean '/temperature'?" in errors
    assert "nothing was said yet" in errors and "/load needs the name of a file" in errors
    assert "the file cannot be read" in errors and "seed = 3" in errors and "seed = none" in errors
    assert "Traceback" not in errors


def test_the_model_is_told_what_the_system_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tokenizer = Tokenizer.load(folder)
    assert own_chat(tokenizer).turn_end_ids
    texts = []
    for system in ("", "欲穷千里目，更上一层楼。"):
        said(folder, monkeypatch, "白日\n", system=system, max_new_tokens=20)
        texts.append(capsys.readouterr().out)
    assert texts[0] != texts[1]


class Terminal:
    """`yanmo chat` in a terminal of its own."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._master, slave = pty.openpty()
        words = [*YANMO, "chat", str(folder), "--temperature", "0", "--device", "cpu"]
        self.process = subprocess.Popen(
            [*words, "-n", "59000"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment() | {"XDG_STATE_HOME": str(home), "TERM": "xterm"},
            start_new_session=True,
        )
        os.close(slave)
        self.shown = ""
        # What is typed is shown byte by byte, and a character may come in two pieces.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def wait_for(self, what: Any) -> None:
        """Read on until `what(shown)` holds."""
        ends_at = time.monotonic() + PATIENCE_S
        while not what(self.shown):
            assert time.monotonic() < ends_at, self.shown[-2000:]
            if select.select([self._master], [], [], 0.2)[0]:
                try:
                    self.shown += self._decoder.decode(os.read(self._master, 65536))
                except OSError:
                    assert what(self.shown), self.shown[-2000:]

    def wait_for_prompt_after(self, text: str) -> None:
        """Read on until the prompt that follows `text`. Before it is shown, keys are read as lines:
        a Ctrl-D that comes then is the end of an empty line, and lost when the prompt begins."""
        self.wait_for(lambda shown: ">>> " in shown.rpartition(text)[2] if text in shown else False)

    def press_ctrl_c_until(self, wanted: str) -> None:
        """Press Ctrl-C at the prompt. Python takes no notice of a signal that comes after it has
        written the prompt and before it waits for a key, so a person may have to press again."""
        pressed_at = float("-inf")

        def is_shown(shown: str) -> bool:
            nonlocal pressed_at
            if wanted not in shown and time.monotonic() - pressed_at > 1.0:
                os.kill(self.process.pid, signal.SIGINT)
                pressed_at = time.monotonic()
            return wanted in shown

        self.wait_for(is_shown)

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._master)


@pytest.fixture
def terminal(folder: Path, tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(folder, tmp_path / "state")
    yield terminal
    terminal.close()


@pytest.mark.slow
def test_ctrl_c_ends_the_answer_and_ctrl_d_the_conversation(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.wait_for(lambda shown: ">>> " in shown)
    terminal.type("白日\n")
    terminal.wait_for(lambda shown: len(shown.partition("白日")[2]) > 200)
    os.kill(terminal.process.pid, signal.SIGINT)
    terminal.wait_for(lambda shown: shown.count(">>> ") == 2)
    terminal.press_ctrl_c_until("Ctrl-D or /quit")
    terminal.wait_for_prompt_after("Ctrl-D or /quit")
    terminal.type("/undo\n")
    terminal.wait_for_prompt_after("taken back")
    terminal.type("\x04")
    assert terminal.process.wait(PATIENCE_S) == 0
    history = tmp_path / "state" / "yanmo" / "chat_history"
    assert history.read_text(encoding="utf-8").split() == ["白日", "/undo"]
    assert history.stat().st_mode & 0o077 == 0, "nobody else reads it"
