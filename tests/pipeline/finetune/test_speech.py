"""From tones that are made here to a folder that hears, and back from it to text."""

from __future__ import annotations

import io
import json
import wave
from pathlib import Path

import numpy as np
import pytest
import torch

import yanmo
from yanmo.core.console import Console
from yanmo.core.errors import ConfigError
from yanmo.models.speech_config import SpeechShape
from yanmo.pipeline.finetune.plan import TaskData
from yanmo.pipeline.finetune.speech import plan_speech
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.predict.run import PredictOptions, open_work, predict_table
from yanmo.pipeline.predict.table import read_table
from yanmo.tasks.build import open_task
from yanmo.tasks.tones import tone_examples

RECIPE = """
name = "dialled"
[tasks.dialled]
kind = "speech"
dataset = "tones"
max_examples = { train = 64, validation = 8, test = 12 }
[finetune.dialled]
init_from = "scratch"
steps = 12
validate_every = 6
batch_rows = 16
device = "cpu"
schedule = { warmup_steps = 2 }
speech = { num_mels = 24, d_model = 16, d_hidden = 16 }
EXTRA
"""


def run(folder: Path, extra: str = "") -> Path:
    recipe = folder / "dialled.toml"
    recipe.write_text(RECIPE.replace("EXTRA", extra), encoding="utf-8")
    yanmo.run(str(recipe), out=folder / "run", console=Console(io.StringIO()))
    return folder / "run" / "finetune" / "dialled"


@pytest.mark.slow
def test_tones_are_learned_measured_and_heard(tmp_path: Path) -> None:
    tuned = run(tmp_path)
    rows = [json.loads(line) for line in (tuned / "metrics.jsonl").read_text().splitlines()]
    losses = [row["validation/loss"] for row in rows if "validation/loss" in row]
    assert losses[-1] < losses[0]
    report = json.loads((tuned / "evaluate" / "report.json").read_text(encoding="utf-8"))
    assert "cer" in json.dumps(report) and report["num_items"] == 12

    (example, *_) = tone_examples("test", 8000)
    with wave.open(str(tmp_path / "one.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((example.samples * 32767).astype("<i2").tobytes())
    listed_rows = [{"path": "one.wav", "id": number} for number in range(2)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, listed_rows)), encoding="utf-8")
    work = open_work(tuned, PredictOptions(), torch.device("cpu"))
    console = Console(io.StringIO())
    asks, listed = predict_table(work, read_table(str(tmp_path / "rows.jsonl")), "said", console)
    _, alone = predict_table(work, read_table(str(tmp_path / "one.wav")), "said", console)
    assert [ask.text for ask in asks] == ["one.wav", "one.wav"]
    assert listed[0]["said"] == listed[1]["said"] == alone[0]["said"]
    assert np.isfinite(alone[0]["said_log_prob"])


def test_settings_of_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="layer_decay has no effect"):
        run(tmp_path, extra="layer_decay = 0.5")
    with pytest.raises(ConfigError, match="has_crf has no effect"):
        run(tmp_path, extra="has_crf = true")


def test_remedies_for_over_fitting_are_settings_that_a_network_that_hears_reads(
    tmp_path: Path,
) -> None:
    (tmp_path / "dialled.toml").write_text(RECIPE.replace("EXTRA", ""), encoding="utf-8")
    recipe = load_recipe(tmp_path / "dialled.toml")
    section, task = recipe.finetune["dialled"], open_task("dialled", recipe.tasks["dialled"])
    data = TaskData(task, task.examples("train")[:8], task.examples("validation")[:2])
    cpu = torch.device("cpu")
    plan = plan_speech(section, "dialled", data, None, cpu)
    fresh = plan.data.remedies
    assert fresh is not None and fresh.has_dropout and "recordings" in fresh.more
    assert fresh.smaller is None, "a network this narrow is not made narrower"
    wide = section.model_copy(update={"speech": SpeechShape(num_mels=24, d_model=16, d_hidden=64)})
    smaller = plan_speech(wide, "dialled", data, None, cpu).data.remedies
    assert smaller is not None and smaller.smaller is not None
    assert "speech.d_hidden = 32 (now 64)" in smaller.smaller
    plan.save(tmp_path / "model")
    begun = section.model_copy(update={"init_from": str(tmp_path / "model"), "speech": None})
    given = plan_speech(begun, "dialled", data, tmp_path / "model", cpu).data.remedies
    assert given is not None and not given.has_dropout and given.smaller is None
    for remedies in (fresh, smaller, given):
        assert "augment" not in remedies.more
