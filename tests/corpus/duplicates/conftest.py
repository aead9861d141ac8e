"""Real documents, English and Chinese, and copies of them with edits."""

from __future__ import annotations

import gzip
import random
import re
import zipfile
from pathlib import Path

import pytest

_TOKEN = re.compile(r"[㐀-鿿]|[^\W㐀-鿿]+")


class Planted:
    """Documents of one language, and how copies of them are made."""

    def __init__(self, documents: list[str]) -> None:
        self.documents = documents
        self._words = [word for text in documents[:200] for word in _TOKEN.findall(text)]

    def edited(self, text: str, edit_frac: float, seed: int) -> str:
        """`text` with so many of its words (in Chinese: characters) replaced by others."""
        generator = random.Random(seed)
        places = [match.span() for match in _TOKEN.finditer(text)]
        chosen = sorted(generator.sample(places, round(edit_frac * len(places))), reverse=True)
        for start, stop in chosen:
            text = text[:start] + generator.choice(self._words) + text[stop:]
        return text

    def similarity(self, one: str, other: str, length: int) -> float:
        """The Jaccard similarity of the shingles of two texts, counted exactly."""
        sets = []
        for text in (one, other):
            tokens = _TOKEN.findall(text.lower())
            sets.append({tuple(tokens[i : i + length]) for i in range(len(tokens) - length + 1)})
        return len(sets[0] & sets[1]) / max(len(sets[0] | sets[1]), 1)


@pytest.fixture(scope="session")
def english(shared_data: Path) -> Planted:
    """400 paragraphs of Wikipedia."""
    archive = next((shared_data / "text" / "wikitext-2").glob("*.zip"))
    with zipfile.ZipFile(archive) as packed:
        name = next(name for name in packed.namelist() if "train" in name)
        lines = packed.read(name).decode("utf-8").split("\n")
    return Planted([line for line in dict.fromkeys(lines) if len(line) > 600][:400])


@pytest.fixture(scope="session")
def chinese(shared_data: Path) -> Planted:
    """400 paragraphs from the web."""
    path = shared_data / "text" / "clue-corpus-small" / "CLUECorpusSmall_sampled.txt.gz"
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")
    return Planted([line for line in dict.fromkeys(lines) if len(line) > 200][:400])


@pytest.fixture(params=["english", "chinese"])
def planted(request: pytest.FixtureRequest) -> Planted:
    """Both languages in turn."""
    documents = request.getfixturevalue(request.param)
    assert isinstance(documents, Planted)
    return documents
