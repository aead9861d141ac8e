"""Recordings: WAV files of every width, the published digits, tones that are made here."""

from __future__ import annotations

import io
import json
import math
import tarfile
import wave
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from yanmo.core.errors import DataError
from yanmo.tasks.build import open_task
from yanmo.tasks.config import TaskConfig
from yanmo.tasks.reading.wave_files import Changes, read_wave, resampled
from yanmo.tasks.task import Task

SECTION: TypeAdapter[TaskConfig] = TypeAdapter(TaskConfig)


def opened(base_dir: Path, **fields: object) -> Task:
    return open_task("digits", SECTION.validate_python({"kind": "speech"} | fields), base_dir)


def wav(samples: np.ndarray, width: int = 2, rate_hz: int = 8000, channels: int = 1) -> bytes:
    """A WAV file of samples within -1 to 1."""
    whole = np.round(samples * (2 ** (8 * width - 1) - 1)).astype(np.int64)
    if width == 1:
        content = (whole + 128).astype(np.uint8).tobytes()
    else:
        content = b"".join(int(one).to_bytes(width, "little", signed=True) for one in whole)
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(content)
    return made.getvalue()


def failed(what: str, *, why: str | None = None, hint: str | None = None) -> DataError:
    return DataError(what, why=why, hint=hint)


def tone(hertz: float, rate_hz: int, seconds: float = 0.1) -> np.ndarray:
    return 0.5 * np.sin(2 * math.pi * hertz * np.arange(int(seconds * rate_hz)) / rate_hz)


@pytest.mark.parametrize(("width", "error"), [(1, 1 / 100), (2, 1e-4), (3, 1e-6), (4, 1e-7)])
def test_samples_of_every_width_are_read(width: int, error: float) -> None:
    changes = Changes()
    found = read_wave(wav(tone(440, 8000), width), 8000, changes, failed)
    np.testing.assert_allclose(found, tone(440, 8000), atol=error)
    assert found.dtype == np.float32
    assert not changes.notes(8000)


@pytest.mark.parametrize("rate_hz", [11025, 16000, 44100, 6000])
def test_resampling_keeps_a_tone_and_is_said_aloud(rate_hz: int) -> None:
    changes = Changes()
    found = read_wave(wav(tone(440, rate_hz), 4, rate_hz), 8000, changes, failed)
    expected = tone(440, 8000)
    assert len(found) == len(expected)
    inside = slice(60, -60)  # beyond the ends stands silence
    np.testing.assert_allclose(found[inside], expected[inside], atol=2e-3)
    assert f"{rate_hz:,}" in changes.notes(8000)[0]


def test_what_cannot_be_held_by_the_lower_rate_is_removed() -> None:
    assert np.abs(resampled(tone(6000, 16000), 16000, 8000)[40:-40]).max() < 5e-3


def test_channels_are_averaged_and_that_is_said() -> None:
    changes = Changes()
    pairs = np.stack([tone(440, 8000), np.zeros(800)], axis=1).ravel()
    found = read_wave(wav(pairs, channels=2), 8000, changes, failed)
    np.testing.assert_allclose(found, tone(440, 8000) / 2, atol=1e-4)
    assert changes.num_mixed == 1 and len(changes.notes(8000)) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no WAV"),
        (b"RIFF....WAVE", "no WAV"),
        (wav(tone(440, 8000))[:-100], "truncated"),
        (wav(np.zeros(0)), "empty"),
    ],
)
def test_a_damaged_recording_is_an_error(data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_wave(data, 8000, Changes(), failed)


def test_own_rows_name_their_recordings(tmp_path: Path) -> None:
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "a.wav").write_bytes(wav(tone(440, 16000), rate_hz=16000))
    rows = [{"path": "sounds/a.wav", "text": " 你 好 "}, {"path": "sounds/b.wav", "text": "b"}]
    (tmp_path / "train.jsonl").write_text(json.dumps(rows[0]) + "\n", encoding="utf-8")
    task = opened(tmp_path, train="train.jsonl")
    (example,) = task.examples("train")
    assert example.transcript == "你 好"
    assert len(example.samples) == 800 and example.sample_rate_hz == 8000
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(DataError, match=r"b\.wav") as caught:
        opened(tmp_path, train="train.jsonl").examples("train")
    assert "row 2" in str(caught.value)


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """An archive like the published one: two digits, two speakers, numbers 4 to 7."""
    with tarfile.open(tmp_path / "some.tar.gz", "w:gz") as archive:
        for digit in (0, 7):
            for speaker in ("ann", "bob"):
                for number in range(4, 8):
                    data = wav(tone(400, 8000))
                    member = tarfile.TarInfo(f"recordings/{digit}_{speaker}_{number}.wav")
                    member.size = len(data)
                    archive.addfile(member, io.BytesIO(data))
    return tmp_path


def test_published_digits_are_split_by_recording(digits: Path) -> None:
    task = opened(digits, dataset="free_spoken_digit", folder=".", validation_frac=0.25)
    assert {one.id[-5] for one in task.examples("test")} == {"4"}
    train, validation = task.examples("train"), task.examples("validation")
    assert len(train) == 9 and len(validation) == 3
    assert {one.transcript for one in train} == {"zero", "seven"}
    assert not {one.id for one in train} & {one.id for one in validation}


def test_speakers_can_be_held_out(digits: Path) -> None:
    fields = {"dataset": "free_spoken_digit", "folder": "."}
    task = opened(digits, **fields, held_out_speakers=["bob"])
    assert all("_bob_" in one.id for one in task.examples("test"))
    assert all("_ann_" in one.id for one in task.examples("train"))
    with pytest.raises(DataError, match="bo"):
        opened(digits, **fields, held_out_speakers=["bo"]).examples("test")


def test_a_truncated_archive_is_an_error(digits: Path) -> None:
    path = digits / "some.tar.gz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match="damaged"):
        opened(digits, dataset="free_spoken_digit", folder=".").examples("test")


def test_tones_need_no_files_and_are_the_same_every_time(tmp_path: Path) -> None:
    first = opened(tmp_path, dataset="tones").examples("test")
    again = opened(tmp_path, dataset="tones").examples("test")
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(first, again, strict=True))
    assert {digit for one in first for digit in one.transcript} == set("0123456789")
    assert all(np.abs(one.samples).max() < 1.0 for one in first)


@pytest.mark.parametrize(
    "fields",
    [
        {"dataset": "tones", "folder": "x"},
        {"dataset": "tones", "sample_rate_hz": 2000},
        {"dataset": "tones", "held_out_speakers": ["theo"]},
        {"dataset": "free_spoken_digit"},
        {"dataset": "tones", "path_column": "wav"},
    ],
)
def test_settings_without_effect_are_refused(fields: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        opened(tmp_path, **fields)
