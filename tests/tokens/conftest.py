"""Small tokenizers that several test modules share."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path

import pytest

from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

ENGLISH = [
    "The sun goes down behind the hills, and the river runs to the sea.",
    "They'll say that it's 1,024 bytes; we've counted them twice.\n\nTwice!",
    "def add(a, b):\n    return a + b\n",
]
CHINESE = [
    "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",
    "研墨：从原始文本到语言模型，一步一个文件夹。",
    "床前明月光，疑是地上霜。举头望明月，低头思故乡。",
]


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """Short English and Chinese texts, each three times, so that pairs repeat."""
    return (ENGLISH + CHINESE) * 3


@pytest.fixture(scope="session")
def tiny_tokenizer(texts: list[str]) -> Tokenizer:
    """A bilingual tokenizer of 400 entries, learned from six short texts."""
    return train_tokenizer(texts, 400)


@pytest.fixture(scope="session")
def shakespeare(shared_data: Path) -> str:
    """Plain English text, 1.1 MB."""
    path = shared_data / "text" / "tinyshakespeare" / "input.txt.gz"
    return gzip.open(path, "rt", encoding="utf-8").read()


@pytest.fixture(scope="session")
def poems(shared_data: Path) -> list[str]:
    """Chinese poems, one text each, about 0.8 MB in all."""
    path = shared_data / "text" / "chinese-poetry" / "chinese-poetry-classics.tar.gz"
    texts: list[str] = []
    with tarfile.open(path) as archive:
        for member in archive:
            if not member.name.startswith("宋词/ci.song."):
                continue
            file = archive.extractfile(member)
            assert file is not None
            texts.extend("\n".join(poem["paragraphs"]) for poem in json.load(file))
            if len(texts) >= 2000:
                break
    assert texts
    return texts


@pytest.fixture(scope="session")
def bilingual_tokenizer(shakespeare: str, poems: list[str]) -> Tokenizer:
    """A tokenizer of 4,000 entries, learned from real English and Chinese text."""
    return train_tokenizer([*shakespeare.split("\n\n"), *poems], 4000)
