"""A small corpus of several files, and ways to compare what engines make of it."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import pytest

from yanmo.core.console import Console
from yanmo.corpus.build import build_corpus
from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.duplicates.config import DuplicatesConfig, LinesConfig, NearConfig
from yanmo.corpus.engine.config import EngineConfig
from yanmo.corpus.sources.config import FilesSource

LINE = "the river runs down to sea and hills keep their snow until late in spring"
WORDS = LINE.split()
CHARACTERS = "白日依山尽黄河入海流欲穷千里目更上一层楼床前明月光疑是地上霜举头望低思故乡"
FOOTER = "All rights reserved by the keepers of the river."


def english(seed: int) -> str:
    """A few sentences, the same for the same seed, with a line that all of them share."""
    chance = random.Random(seed)
    lines = [" ".join(chance.choices(WORDS, k=12)).capitalize() + "." for _ in range(8)]
    return "\n".join([*lines, FOOTER])


def chinese(seed: int) -> str:
    """A few Chinese sentences."""
    chance = random.Random(seed)
    return "".join("".join(chance.choices(CHARACTERS, k=14)) + "。" for _ in range(8))


@pytest.fixture(scope="session")
def small_sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of JSONL and HTML files with duplicates, near duplicates and broken lines."""
    folder = tmp_path_factory.mktemp("sources")
    for number in range(4):
        rows = []
        for row in range(60):
            seed = number * 50 + row  # ten documents of each file are in the next one too
            text = chinese(seed) if row % 3 == 0 else english(seed)
            if row % 20 == 19:
                text = english(seed - 1).replace("river", "stream", 1)
            rows.append(json.dumps({"text": text, "date": f"2024-01-{row % 28 + 1:02d}"}))
        rows.insert(7, '{"text": "broken')
        (folder / f"part{number}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    for number in range(3):
        paragraphs = "".join(f"<p>{english(900 + 10 * number + i)}</p>" for i in range(4))
        html = f"<html><body><article>{paragraphs}</article></body></html>"
        (folder / f"page{number}.html").write_text(html, encoding="utf-8")
    return folder


def config_of(folder: Path, **engine: object) -> CorpusConfig:
    """Everything that compares documents, in tasks of a file or two."""
    return CorpusConfig(
        sources=[FilesSource(paths=[str(folder)])],
        duplicates=DuplicatesConfig(near=NearConfig(), lines=LinesConfig(max_documents=20)),
        engine=EngineConfig.model_validate({"task_bytes": 40_000, **engine}),
    )


def build(config: CorpusConfig, out_dir: Path) -> dict[str, bytes]:
    """The files of a finished corpus by name."""
    build_corpus(config, out_dir, Console(io.StringIO()))
    return contents(out_dir)


def contents(out_dir: Path) -> dict[str, bytes]:
    """Every file below a folder, by its name inside it; the card names the folder it lies in."""
    return {
        path.relative_to(out_dir).as_posix(): path.read_bytes()
        for path in sorted(out_dir.rglob("*"))
        if path.is_file() and path.name != "README.md"
    }
