"""One moving line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import io
import os

import pytest

from yanmo.core import console as console_module
from yanmo.core.console import Console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(console_module.time, "monotonic", lambda: now[0])
    return now


def set_columns(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    size = os.terminal_size((columns, 24))
    monkeypatch.setattr(console_module.shutil, "get_terminal_size", lambda: size)


def test_a_pipe_gets_plain_lines_now_and_then(clock: list[float]) -> None:
    stream = io.StringIO()
    console = Console(stream, every_s=5.0)
    for _ in range(12):
        console.progress(f"at {clock[0]:.0f}")
        clock[0] += 1
    assert stream.getvalue() == "at 100\nat 105\nat 110\n"


def test_a_terminal_line_is_redrawn_in_place(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_columns(monkeypatch, 80)
    stream = Terminal()
    console = Console(stream)
    console.progress("one")
    clock[0] += 1
    console.progress("two")
    console.note("kept")
    assert stream.getvalue() == "\r\x1b[2Kone\r\x1b[2Ktwo\r\x1b[2Kkept\n"


def test_a_line_never_wraps_also_in_chinese(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_columns(monkeypatch, 11)
    stream = Terminal()
    console = Console(stream)
    console.progress("步骤步骤步骤步骤")
    assert stream.getvalue() == "\r\x1b[2K步骤步骤步"
    clock[0] += 1
    console.progress("a步骤步骤步骤步骤")
    assert stream.getvalue().endswith("\r\x1b[2Ka步骤步骤")


def test_combining_marks_take_no_room(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    set_columns(monkeypatch, 4)
    stream = Terminal()
    Console(stream).progress("e\u0301e\u0301e\u0301e\u0301")
    assert stream.getvalue() == "\r\x1b[2K" + "e\u0301" * 3


def test_a_line_break_in_a_progress_line_does_not_break_it(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_columns(monkeypatch, 40)
    stream = Terminal()
    Console(stream).progress("one\ntwo\x1b[31m")
    assert stream.getvalue() == "\r\x1b[2Kone two [31m"


def test_after_the_end_the_next_line_comes_at_once(clock: list[float]) -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.progress("a")
    console.end_progress()
    console.progress("b")
    assert stream.getvalue() == "a\nb\n"


def test_a_quiet_console_still_warns() -> None:
    stream = io.StringIO()
    console = Console(stream, is_quiet=True)
    console.note("note")
    console.progress("progress")
    console.warn("当心")
    assert stream.getvalue() == "当心\n"


def test_only_the_main_process_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    stream = io.StringIO()
    console = Console(stream)
    console.note("note")
    console.warn("warn")
    console.progress("progress")
    assert stream.getvalue() == ""


def test_a_stream_that_cannot_write_chinese_does_not_stop_the_run() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    Console(stream).note("研墨 a")
    assert raw.getvalue() == b"?? a\n"
