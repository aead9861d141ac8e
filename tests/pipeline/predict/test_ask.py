"""`yanmo ask`: heads that find answers and models that write them, and what neither can do."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.pipeline.predict.conftest import FolderMaker

from yanmo.core.errors import ConfigError
from yanmo.pipeline.predict.ask import AskOptions, ask_model

CPU = torch.device("cpu")
PASSAGE = "The river runs to the sea. And the sea is never full."


def test_a_head_marks_words_and_their_sentence(tmp_path: Path, make_folder: FolderMaker) -> None:
    folder = make_folder(tmp_path / "m", ["spans"])
    found = ask_model(folder, "what?", PASSAGE, AskOptions(threshold=-1e9), CPU)
    assert found.answer and found.answer in PASSAGE
    assert found.source is not None
    assert PASSAGE[found.source.start : found.source.end] == found.source.text
    never = ask_model(folder, "what?", PASSAGE, AskOptions(threshold=1e9), CPU)
    assert (never.answer, never.source) == ("", None)


def test_a_decoder_writes_or_quotes(tmp_path: Path, make_writer: FolderMaker) -> None:
    folder = make_writer(tmp_path / "m", "gpt2")
    options = AskOptions(is_quoting=True, max_new_tokens=8)
    assert (
        ask_model(folder, "what?", "The sea. The end.", options, CPU).answer in "The sea. The end."
    )


def test_others_say_what_to_do(
    tmp_path: Path, make_folder: FolderMaker, make_writer: FolderMaker
) -> None:
    with pytest.raises(ConfigError, match="no head that finds answers"):
        ask_model(make_folder(tmp_path / "a", ["topic"]), "q", PASSAGE, AskOptions(), CPU)
    with pytest.raises(ConfigError, match="t5"):
        ask_model(make_writer(tmp_path / "b", "t5"), "q", PASSAGE, AskOptions(), CPU)
    with pytest.raises(ConfigError, match="nothing is asked"):
        ask_model(tmp_path, " ", PASSAGE, AskOptions(), CPU)
