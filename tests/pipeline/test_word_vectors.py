"""The word_vectors stage: from a corpus to a folder, the train split only, in both languages."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yanmo.core.console import Console
from yanmo.core.errors import CheckpointError, ConfigError, DataError
from yanmo.corpus.document import DOCUMENT_SCHEMA, document_id
from yanmo.models.word_vectors.config import WordVectorsConfig
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.stage import StageContext
from yanmo.pipeline.word_vectors import (
    iter_sentences,
    open_word_vectors,
    read_pairs,
    run_word_vectors,
    score_file,
)

TEXT = "The cat sat on the mat.\nThe dog's mat, the cat's mat!\n\n我们喜欢中国文化，也喜欢北京。"
CONFIG = WordVectorsConfig(d_model=8, min_count=2, epochs=2)


def write_corpus(run_dir: Path, documents: list[tuple[str, str]]) -> None:
    (run_dir / "corpus").mkdir(parents=True)
    rows = [
        {"id": document_id(text), "text": text, "source": "s", "metadata": "{}", "split": split}
        for text, split in documents
    ]
    table = pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA)
    pq.write_table(table, run_dir / "corpus" / "part-00000.parquet")


def context(run_dir: Path, config: WordVectorsConfig | None = CONFIG) -> StageContext:
    directory = run_dir / "word_vectors"
    directory.mkdir(parents=True, exist_ok=True)
    return StageContext(
        Recipe(word_vectors=config), run_dir, directory, Console(io.StringIO(), is_quiet=True)
    )


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    write_corpus(tmp_path / "run", [(TEXT, "train")] * 30 + [("hidden hidden", "validation")] * 9)
    return tmp_path / "run"


def test_sentences_are_lines_and_words_are_cut_in_both_languages() -> None:
    assert list(iter_sentences([TEXT], keep_punctuation=False)) == [
        ["The", "cat", "sat", "on", "the", "mat"],
        ["The", "dog's", "mat", "the", "cat's", "mat"],
        ["我们", "喜欢", "中国", "文化", "也", "喜欢", "北京"],
    ]
    (first, *_) = iter_sentences([TEXT], keep_punctuation=True)
    assert first[-1] == "."


def test_the_stage_learns_from_the_train_split_only(run_dir: Path) -> None:
    result = run_word_vectors(context(run_dir))
    vectors = open_word_vectors(run_dir)
    assert vectors.has("中国") and vectors.has("MAT") and not vectors.has("hidden")
    report = json.loads((run_dir / "word_vectors" / "report.json").read_text(encoding="utf-8"))
    assert report["text_words"] == 30 * 19
    assert report["sentences"] == 90
    assert report["covered_frac"] == 1
    assert result.counts["words"] == len(vectors) == report["words"] == 13
    assert len(report["nearest"]) == 5
    files = {path.name for path in (run_dir / "word_vectors").iterdir()}
    assert {path.name for path in result.output_files} == files


def test_the_stage_gives_equal_files_again(run_dir: Path) -> None:
    first = {p.name: p.read_bytes() for p in run_word_vectors(context(run_dir)).output_files}
    second = {p.name: p.read_bytes() for p in run_word_vectors(context(run_dir)).output_files}
    assert first == second


def test_a_recipe_without_the_section_is_refused(run_dir: Path) -> None:
    with pytest.raises(ConfigError, match=r"no section \[word_vectors\]"):
        run_word_vectors(context(run_dir, None))


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there are no documents here"):
        run_word_vectors(context(tmp_path / "none"))
    write_corpus(tmp_path / "empty", [("the words", "test"), ("... !", "train")])
    with pytest.raises(DataError, match="there are no words to learn from"):
        run_word_vectors(context(tmp_path / "empty"))


def test_a_run_or_its_folder_is_opened_and_nothing_else(run_dir: Path) -> None:
    run_word_vectors(context(run_dir))
    assert open_word_vectors(run_dir).words == open_word_vectors(run_dir / "word_vectors").words
    with pytest.raises(CheckpointError, match="there are no word vectors here"):
        open_word_vectors(run_dir / "corpus")


@pytest.mark.parametrize("separator", [",", "\t"])
def test_pairs_are_words_or_texts_with_or_without_a_heading(
    run_dir: Path, tmp_path: Path, separator: str
) -> None:
    run_word_vectors(context(run_dir))
    rows = [("one", "two", "score"), ("cat", "dog's", "4.5"), ("喜欢北京", "the cat.", "1", "x")]
    path = tmp_path / "pairs"
    text = "\n".join(separator.join(row) for row in rows) + "\n\n"
    path.write_text("\ufeff" + text, encoding="utf-8")
    pairs = read_pairs(open_word_vectors(run_dir), path)
    assert [(pair.a, pair.b, pair.score) for pair in pairs] == [
        (["cat"], ["dog's"], 4.5),
        (["喜欢", "北京"], ["the", "cat"], 1),
    ]


@pytest.mark.parametrize("line", ["a,b", "a,b,c", "a,b,nan"])
def test_a_line_that_is_no_pair_is_named(run_dir: Path, tmp_path: Path, line: str) -> None:
    run_word_vectors(context(run_dir))
    path = tmp_path / "pairs.csv"
    path.write_text(f"cat,mat,1\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 2 is no pair with a score"):
        score_file(open_word_vectors(run_dir), path)
