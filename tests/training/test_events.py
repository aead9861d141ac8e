"""What happened to a run is kept, whatever is torn, and what ends it is noted where it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from yanmo.core.errors import Interrupted, RunError
from yanmo.training.events import EVENTS_NAME, append_event, read_events, recorded_end


def test_a_torn_line_swallows_nothing_after_it(tmp_path: Path) -> None:
    append_event(tmp_path, "warned", text="一")
    with (tmp_path / EVENTS_NAME).open("a") as file:
        file.write('{"time": 1.0, "event": "war')  # the machine went down here
    append_event(tmp_path, "died", rank=1, code=-9)
    assert [event["event"] for event in read_events(tmp_path)] == ["warned", "died"]
    assert read_events(tmp_path)[0]["text"] == "一"
    assert read_events(tmp_path / "nowhere") == []


def test_what_ends_a_run_is_noted_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"step": 7}\n{"step": 8}\n{"st')
    with pytest.raises(Interrupted), recorded_end(tmp_path):
        raise Interrupted("stopped")
    with pytest.raises(RunError), recorded_end(tmp_path):
        raise RunError("the loss has exploded", where="step 8", why="9.9")
    with recorded_end(tmp_path):
        pass
    first, second = read_events(tmp_path)
    assert (first["event"], first["step"]) == ("interrupted", 8)
    assert (second["event"], second["what"], second["where"], second["why"]) == (
        "stopped",
        "the loss has exploded",
        "step 8",
        "9.9",
    )
