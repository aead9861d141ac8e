"""The shipped coefficients on the annotated pages, and on pages that they have not seen."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest

from yanmo.corpus.extraction.config import ExtractionConfig
from yanmo.corpus.extraction.extract import extract_page
from yanmo.corpus.extraction.features import FEATURE_NAMES
from yanmo.corpus.extraction.model import COEFFICIENTS, shipped_model

BENCH = Path(__file__).resolve().parents[3] / "bench"
OURS = ExtractionConfig()


@pytest.fixture
def pages(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The annotated pages and their measure."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("extraction_pages")


def test_the_shipped_coefficients_belong_to_the_features() -> None:
    model = shipped_model()
    assert model.hidden.shape == (len(FEATURE_NAMES), len(model.output))
    stored = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    assert stored["trained_by"] == "bench/train_extractor.py"
    assert set(stored["held_out"]) == {"en", "zh"}, "the shipped coefficients were cross-validated"


def test_the_measure_is_that_of_the_benchmark(pages: ModuleType) -> None:
    gold = pages.shingles(["a", "b", "c", "d", "e"])
    assert pages.count_matches(gold, gold) == (1.0, 0.0, 0.0)
    assert pages.count_matches(gold, pages.shingles(["x", "a", "b", "c", "d"])) == (
        1 / 3,
        1 / 3,
        1 / 3,
    )
    assert pages.shingles(["one", "two"]) == {("one", "two"): 1}
    assert pages.shingles([]) == {}


def test_shipped_coefficients_find_english_and_chinese_articles(pages: ModuleType) -> None:
    def extract(page: object) -> str:
        return extract_page(page.html, OURS).text  # type: ignore[attr-defined]

    english = pages.quality(pages.evaluate(pages.english_pages(), extract), 10)
    chinese = pages.quality(pages.evaluate(pages.chinese_pages(), extract), 10)
    assert english.f1 > 0.97
    assert chinese.f1 > 0.96


def test_chinese_pages_tell_title_and_text(pages: ModuleType) -> None:
    by_name = {page.name: page for page in pages.chinese_pages()}
    page = extract_page(by_name["xinhuanet/1.html"].html, OURS)
    assert page.title == "法国全国大罢工再次严重影响交通-新华网"
    assert page.text.startswith("新华社巴黎12月9日电")
    assert page.method == "model"


@pytest.mark.slow
def test_pages_of_unseen_sites_are_extracted_as_well_as_claimed(pages: ModuleType) -> None:
    import torch

    training = importlib.import_module("train_extractor")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    examples = [training.prepare(page) for page in pages.english_pages() + pages.chinese_pages()]
    texts = training.cross_validate(examples, folds=4)
    torch.set_num_threads(threads)
    for language, floor in (("en", 0.955), ("zh", 0.95)):
        pairs = zip(examples, texts, strict=True)
        counts = [pages.score_page(e.page, x) for e, x in pairs if e.page.language == language]
        assert pages.quality(counts, 10).f1 >= floor, language
