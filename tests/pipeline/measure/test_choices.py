"""Choices are asked for by words: a section that would hand them to a model as they are says so."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from yanmo.core.errors import ConfigError
from yanmo.pipeline.measure.opened import Subject, open_subject
from yanmo.pipeline.measure.section import MeasureSection
from yanmo.tasks.build import open_task
from yanmo.tasks.kinds.choices import ChoicesConfig
from yanmo.tokens.length_config import LengthConfig


def test_choices_are_sent_to_prompts(tmp_path: Path) -> None:
    task = open_task("arc", ChoicesConfig(kind="choices", test="arc.jsonl"), tmp_path)
    subject = Subject(tmp_path, "model", "", LengthConfig())
    with pytest.raises(ConfigError) as caught:
        open_subject(subject, task, MeasureSection(), torch.device("cpu"))
    assert caught.value.hint is not None
    assert "[prompt.arc]" in caught.value.hint
