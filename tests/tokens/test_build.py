"""The two stages: from a corpus folder to a tokenizer folder and to a token folder."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yanmo.core.console import Console
from yanmo.core.errors import ConfigError, DataError
from yanmo.corpus.document import DOCUMENT_SCHEMA, document_id
from yanmo.tokens.build import build_tokens, take_tokenizer_stage, train_tokenizer_stage
from yanmo.tokens.config import TokenizerConfig, TokensConfig
from yanmo.tokens.rows import PackedRows
from yanmo.tokens.token_split import TokenSplit
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

SPLITS = ["train", "validation", "train", "test", "train", "train"]
MakeCorpus = Callable[[list[str], list[str]], Path]


@pytest.fixture
def make_corpus(tmp_path: Path) -> MakeCorpus:
    """Writes a corpus of two Parquet files and returns its folder."""

    def make(texts: list[str], splits: list[str]) -> Path:
        folder = tmp_path / "corpus"
        folder.mkdir(exist_ok=True)
        rows = [
            {"id": document_id(x), "text": x, "source": "test", "metadata": "{}", "split": s}
            for x, s in zip(texts, splits, strict=True)
        ]
        half = len(rows) // 2
        for number, part in enumerate((rows[:half], rows[half:])):
            table = pa.Table.from_pylist(part, schema=DOCUMENT_SCHEMA)
            pq.write_table(table, folder / f"part-{number:05d}.parquet")
        return folder

    return make


def quiet() -> Console:
    """A console that nobody hears."""
    return Console(io.StringIO())


def test_tokens_of_a_corpus_read_back_as_its_texts(
    make_corpus: MakeCorpus, tiny_tokenizer: Tokenizer, texts: list[str], tmp_path: Path
) -> None:
    splits = SPLITS * 3
    corpus, out = make_corpus(texts, splits), tmp_path / "tokens"
    config = TokensConfig(shard_tokens=100)
    report = build_tokens(config, tiny_tokenizer, corpus, out, quiet(), 64)
    assert json.loads((out / "report.json").read_text(encoding="utf-8")) == report
    for name in ("train", "validation", "test"):
        wanted = [text for text, split in zip(texts, splits, strict=True) if split == name]
        split = TokenSplit(out, name, tiny_tokenizer.vocab_size)
        split.verify(tiny_tokenizer.eos_id)
        documents = [split.document(index).tolist() for index in range(split.num_documents)]
        assert [tiny_tokenizer.decode(ids) for ids in documents] == wanted
        assert split.document_bytes.tolist() == [len(text.encode()) for text in wanted]
        described = report["splits"][name]
        assert described["tokens"] == split.num_tokens
        assert described["bytes"] == split.num_bytes
        assert described["bytes_per_token"] == split.num_bytes / split.num_tokens
        assert described["shards"] == len(list(out.glob(f"{name}-*.bin")))
    rows = PackedRows(TokenSplit(out, "train", 400), 64, tiny_tokenizer.eos_id, 0)
    assert report["account"]["trained"] == rows.num_rows * 64
    assert (report["dtype"], report["vocab_size"]) == ("uint16", 400)


def test_documents_without_text_are_counted_not_stored(
    make_corpus: MakeCorpus, tiny_tokenizer: Tokenizer, tmp_path: Path
) -> None:
    corpus = make_corpus(["字", "", "word", ""], ["train", "train", "test", "test"])
    out = tmp_path / "tokens"
    account = build_tokens(TokensConfig(), tiny_tokenizer, corpus, out, quiet(), 8)["account"]
    assert (account["documents"], account["dropped"]) == (4, 2)
    assert account["dropped_documents"] == {"empty": 2}
    assert TokenSplit(out, "train", 400).num_documents == 1
    assert TokenSplit(out, "validation", 400).num_documents == 0


def test_empty_train_split_is_an_error(
    make_corpus: MakeCorpus, tiny_tokenizer: Tokenizer, tmp_path: Path
) -> None:
    corpus = make_corpus(["字", "词"], ["test", "validation"])
    with pytest.raises(DataError, match="train split is empty"):
        build_tokens(TokensConfig(), tiny_tokenizer, corpus, tmp_path / "out", quiet(), 8)
    assert not (tmp_path / "out" / "report.json").exists()


def test_tokenizer_learns_from_the_train_split_only(
    make_corpus: MakeCorpus, texts: list[str], tmp_path: Path
) -> None:
    config = TokenizerConfig(vocab_size=300)
    folders = []
    for number, other in enumerate(["测试集里的字" * 50, "zzzz qqqq " * 50]):
        corpus = make_corpus(
            [*texts, other, other], ["train"] * len(texts) + ["test", "validation"]
        )
        folders.append(tmp_path / f"tokenizer-{number}")
        tokenizer = train_tokenizer_stage(config, corpus, folders[-1], quiet())
        assert Tokenizer.load(folders[-1]).to_json() == tokenizer.to_json()
    for path in folders[0].iterdir():
        assert path.read_bytes() == (folders[1] / path.name).read_bytes()


def test_less_text_is_read_where_the_recipe_says_so(
    make_corpus: MakeCorpus, poems: list[str], tmp_path: Path
) -> None:
    corpus = make_corpus(poems, ["train"] * len(poems))
    sizes = {}
    for train_bytes in (65_536, None):
        stream = io.StringIO()
        config = TokenizerConfig(vocab_size=300, train_bytes=train_bytes)
        console = Console(stream, every_s=0)
        train_tokenizer_stage(config, corpus, tmp_path / "tokenizer", console)
        line = next(line for line in stream.getvalue().splitlines() if "learning" in line)
        sizes[train_bytes] = float(line.split()[-2])
    assert sizes[None] == pytest.approx(sum(len(poem.encode()) for poem in poems) / 1e6, abs=0.06)
    assert 0 < sizes[65_536] < 0.15


def test_what_an_unfinished_attempt_left_is_cleared(
    make_corpus: MakeCorpus, tiny_tokenizer: Tokenizer, texts: list[str], tmp_path: Path
) -> None:
    corpus, out = make_corpus(texts, SPLITS * 3), tmp_path / "tokens"
    out.mkdir()
    for name in ("train-00007.bin", "test.index", "test.bytes", "report.json", "manifest.json"):
        (out / name).write_bytes(b"left over")
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    build_tokens(TokensConfig(), tiny_tokenizer, corpus, out, quiet(), 64)
    assert TokenSplit(out, "train", 400).num_tokens > 0
    assert not (out / "manifest.json").exists()
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_shards_depend_on_nothing_but_the_corpus(
    make_corpus: MakeCorpus, tiny_tokenizer: Tokenizer, texts: list[str], tmp_path: Path
) -> None:
    corpus = make_corpus(texts, SPLITS * 3)
    for name in ("a", "b"):
        build_tokens(TokensConfig(), tiny_tokenizer, corpus, tmp_path / name, quiet(), 64)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    ids = np.fromfile(tmp_path / "a" / "train-00000.bin", "<u2")
    assert ids[0] == tiny_tokenizer.eos_id


def test_tokenizer_that_is_taken_is_the_same_and_has_its_size(tmp_path: Path) -> None:
    tokenizer = train_tokenizer(["a tokenizer of another run, taken as it is"] * 50, 280)
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    tokenizer.save(tmp_path / "old")
    config = TokenizerConfig(vocab_size=280, take_from=str(tmp_path / "old"))
    taken = take_tokenizer_stage(config, tmp_path / "new", Console(io.StringIO()))
    assert taken.to_json() == Tokenizer.load(tmp_path / "new").to_json() == tokenizer.to_json()
    other = config.model_copy(update={"vocab_size": 400})
    with pytest.raises(ConfigError, match="vocab_size = 280"):
        take_tokenizer_stage(other, tmp_path / "new", Console(io.StringIO()))
    missing = config.model_copy(update={"take_from": str(tmp_path)})
    with pytest.raises(DataError, match="no tokenizer"):
        take_tokenizer_stage(missing, tmp_path / "new", Console(io.StringIO()))
