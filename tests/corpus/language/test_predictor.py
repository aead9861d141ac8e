"""The bundled model gives what fastText gives."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from yanmo.corpus.language.model_file import bundled_model, bundled_model_path
from yanmo.corpus.language.predictor import _CODES, predict_languages


def test_the_model_is_read_whole() -> None:
    model = bundled_model()
    assert len(model.labels) == 176
    assert {"en", "zh", "de", "ja"} <= set(model.labels)
    assert model.vectors.shape == (50_000, 16)
    assert model.outputs.shape[1] == 16
    assert sorted(model.children[model.children >= 0].tolist()) == list(range(350))


def test_predictions_are_those_of_fasttext(shared_data: Path) -> None:
    fasttext = pytest.importorskip("fasttext")
    lines: list[str] = []
    for name in ("ted-en-zh/parallel_corpus_en_zh.txt.gz", "multi30k-en-de/val.de.gz"):
        with gzip.open(shared_data / "translation" / name, "rt", encoding="utf-8") as file:
            lines += [line.strip() for _, line in zip(range(1500), file, strict=False)]
    lines += ["".join(lines[:200])[:5_000], "ça et là", "ПРИВЕТ", "x", "\u00a0a\u3000b", "a" * 900]
    lines = [re.sub(r"[\s\d]+", " ", line).strip() for line in lines if "@" not in line]
    lines = [line for line in lines if line and "#" not in line and not line.isupper()]
    model = fasttext.load_model(str(bundled_model_path()))
    for line, found in zip(lines, predict_languages(lines), strict=True):
        [label], [probability] = model.predict(line)
        code = label.removeprefix("__label__")
        assert found.language == _CODES.get(code, code), line
        assert found.confidence == pytest.approx(min(probability, 1.0), abs=1e-4)


def test_addresses_names_and_numbers_say_nothing() -> None:
    [bare, dressed] = predict_languages(
        [
            "der Regen fällt leise",
            "der https://example.com/the/rain Regen 2024 fällt @the_rain leise #rain www.the.rain",
        ]
    )
    assert dressed == bare
    [nothing] = predict_languages(["https://example.com 123 @name #tag"])
    assert nothing.language is None


def test_a_word_without_end_is_survived() -> None:
    for text in ("a" * 1_000_000, "中" * 400_000, "\u3000" * 100_000, "é\u00a0" * 100_000):
        predict_languages([text, "the rain falls"])
    assert predict_languages(["x" * 5_000 + " the rain falls softly on the house"])
