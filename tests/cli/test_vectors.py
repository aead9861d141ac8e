"""`yanmo vectors`: the questions one asks of a folder of vectors, in a real process."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import CommandLine

from yanmo.models.word_vectors.config import WordVectorsConfig
from yanmo.models.word_vectors.folder import load_word_vectors, save_word_vectors
from yanmo.models.word_vectors.train import train_word_vectors
from yanmo.models.word_vectors.vectors import WordVectors

ROWS = {
    "man": [1, 0, 0],
    "woman": [0, 1, 0],
    "king": [1, 0, 1],
    "queen": [0, 1, 1],
    "中国": [1, 1, 1],
}


@pytest.fixture
def folder(yanmo: CommandLine) -> Path:
    vectors = WordVectors(list(ROWS), np.array(list(ROWS.values()), np.float32))
    save_word_vectors(vectors, yanmo.folder / "words")
    return yanmo.folder / "words"


def test_near_prints_words_and_cosines(yanmo: CommandLine, folder: Path) -> None:
    lines = yanmo("vectors", "near", "words", "king", "-k", "2").out.splitlines()
    assert [line.split() for line in lines] == [["中国", "0.8165"], ["man", "0.7071"]]
    found = json.loads(yanmo("vectors", "near", "words", "king", "--json").out)
    assert [entry["word"] for entry in found["neighbours"]] == ["中国", "man", "queen", "woman"]
    assert found["composed"] == []


def test_similarity_and_analogy(yanmo: CommandLine, folder: Path) -> None:
    assert yanmo("vectors", "similarity", "words", "man", "king").out == "0.7071\n"
    found = json.loads(
        yanmo("vectors", "analogy", "words", "man", "king", "woman", "-k", "1", "--json").out
    )
    assert [entry["word"] for entry in found["neighbours"]] == ["queen"]


def test_score_counts_what_is_unknown(yanmo: CommandLine, folder: Path) -> None:
    lines = ["man,king,9", "man,中国,5", "man,woman,1", "man,table,2"]
    (yanmo.folder / "pairs.csv").write_text("\n".join(lines), encoding="utf-8")
    out = yanmo("vectors", "score", "words", "pairs.csv").out
    assert "Spearman 1.0000 over 3 of 4 pairs" in out
    assert "table" in out
    found = json.loads(yanmo("vectors", "score", "words", "pairs.csv", "--json").out)
    assert (found["num_scored"], found["unknown_words"]) == (3, ["table"])


def test_vectors_go_out_as_text_and_come_back(yanmo: CommandLine, folder: Path) -> None:
    assert yanmo("vectors", "export", "words", "words.vec").code == 0
    assert yanmo("vectors", "import", "words.vec", "again").code == 0
    again = load_word_vectors(yanmo.folder / "again")
    assert again.matrix.tobytes() == load_word_vectors(folder).matrix.tobytes()
    assert "exists already" in yanmo.refused("vectors", "export", "words", "words.vec")
    assert "exists already" in yanmo.refused("vectors", "import", "words.vec", "again")


def test_a_composed_word_is_told(yanmo: CommandLine) -> None:
    config = WordVectorsConfig(method="fasttext", d_model=4, min_count=1, num_buckets=100)
    trained = train_word_vectors([["walking", "walked", "home"]] * 3, config)
    save_word_vectors(trained.vectors, yanmo.folder / "words")
    ended = yanmo("vectors", "similarity", "words", "walks", "home")
    assert "'walks' is composed" in ended.err
    found = json.loads(yanmo("vectors", "near", "words", "walks", "--json").out)
    assert found["composed"] == ["walks"]


def test_what_cannot_be_answered_is_refused_in_both_languages(
    yanmo: CommandLine, folder: Path
) -> None:
    message = yanmo.refused("vectors", "near", "words", "quen")
    assert "'quen' is not among the 5 known" in message
    assert "Spelled nearly so: queen." in message
    assert "there are no word vectors here" in yanmo.refused("vectors", "near", "nowhere", "king")
    path = folder / "vectors.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    assert "truncated or damaged" in yanmo.refused("vectors", "near", "words", "king")
    assert "Did you mean 'near'" in yanmo.refused("vectors", "neer", "words", "king")


@pytest.mark.slow
def test_train_makes_the_corpus_and_the_vectors(yanmo: CommandLine, text_file: Path) -> None:
    recipe = yanmo.folder / "words.toml"
    recipe.write_text(
        'name = "words"\n[[corpus.sources]]\nkind = "files"\npaths = ["text.txt"]\n'
        "max_document_characters = 400\n",
        encoding="utf-8",
    )
    assert "no section [word_vectors]" in yanmo.refused("vectors", "train", "words.toml")
    section = ["word_vectors.method=cbow", "word_vectors.d_model=8"]
    ended = yanmo("vectors", "train", "words.toml", "--json", *section)
    assert json.loads(ended.out)["ran"] == ["corpus", "word_vectors"], ended.err
    again = yanmo("vectors", "train", "words.toml", "--json", *section)
    assert json.loads(again.out)["up_to_date"] == ["corpus", "word_vectors"]
    vectors = load_word_vectors(yanmo.folder / "runs" / "words" / "word_vectors")
    assert (vectors.method, vectors.d_model) == ("cbow", 8)
    assert yanmo("vectors", "near", "runs/words", vectors.words[0]).code == 0
