"""The word_vectors stage, and what `yanmo vectors` does with its folder, apart from printing.

Comes in: a corpus folder, or a folder of vectors. Goes out: a folder of vectors with a report;
neighbours and scores as values. This is where text becomes words: with spaces as `corpus.segment`
cuts it, Chinese by jieba. A line of a document counts as a sentence.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from yanmo.core.console import Console
from yanmo.core.errors import ConfigError, DataError
from yanmo.core.files import sha256_of_file, sha256_of_json, write_json
from yanmo.core.messages import listed, t
from yanmo.models.word_vectors.config import WordVectorsConfig
from yanmo.models.word_vectors.folder import (
    FILE_NAMES,
    load_word_vectors,
    save_word_vectors,
)
from yanmo.models.word_vectors.score import Pair, PairsResult, score_pairs
from yanmo.models.word_vectors.text_format import export_text, import_text
from yanmo.models.word_vectors.train import TrainedWordVectors, train_word_vectors
from yanmo.models.word_vectors.vectors import Neighbour, WordVectors
from yanmo.pipeline.stage import StageContext, StageResult

__all__ = [
    "Neighbour",
    "WordVectors",
    "describe_result",
    "export_text",
    "import_text",
    "iter_sentences",
    "open_word_vectors",
    "read_pairs",
    "run_word_vectors",
    "save_word_vectors",
    "score_file",
]

STAGE_NAME = "word_vectors"
REPORT_NAME = "report.json"
NUM_EXAMPLES = 5
_FIRST_EXAMPLE_RANK = 100  # the words before it are of and the and is
_EXAMPLE_NEIGHBOURS = 5


def run_word_vectors(context: StageContext) -> StageResult:
    """Learn word vectors from the train split, write them and `report.json`, show some neighbours.

    Raises:
        ConfigError: the recipe has no section `word_vectors`.
        DataError: there is no corpus, or too little text in it.
    """
    config = context.recipe.word_vectors
    if config is None:
        raise missing_section()
    console = context.console
    trained = train_word_vectors(
        iter_sentences(_train_texts(context.run_dir / "corpus", console), config.keep_punctuation),
        config,
        lambda frac: console.progress(t("word vectors: {frac:.0%} trained", frac=frac)),
    )
    console.end_progress()
    report = describe_training(trained, config)
    paths = save_word_vectors(trained.vectors, context.directory)
    report_path = context.directory / REPORT_NAME
    write_json(report_path, report)
    for line in format_training(report):
        console.note(line)
    counts = {name: report[name] for name in ("words", "sentences", "text_words", "covered_frac")}
    return StageResult([*paths, report_path], counts)


def missing_section() -> ConfigError:
    """The error for a recipe that asks for no word vectors."""
    return ConfigError(
        t("the recipe has no section [word_vectors]"),
        hint=t("Add it, or give word_vectors.method=skipgram behind the recipe."),
    )


def iter_sentences(texts: Iterable[str], keep_punctuation: bool) -> Iterator[list[str]]:
    """The words of every line that has any."""
    from yanmo.corpus.segmentation.chinese import segment  # loads the compiler of the kernels

    for text in texts:
        for line in text.split("\n"):
            words = segment(line, keep_marks=keep_punctuation)
            if words:
                yield words


def describe_training(trained: TrainedWordVectors, config: WordVectorsConfig) -> dict[str, Any]:
    """The content of `report.json`: what was learned from how much, and neighbours of some words
    that are common without being the commonest."""
    vectors, counts = trained.vectors, trained.counts
    first = min(_FIRST_EXAMPLE_RANK, len(vectors) // 2)
    examples = {
        word: [neighbour.word for neighbour in vectors.nearest(word, _EXAMPLE_NEIGHBOURS)]
        for word in vectors.words[first : first + NUM_EXAMPLES]
    }
    return {
        "method": config.method,
        "d_model": vectors.d_model,
        "words": len(vectors),
        "buckets": len(vectors.subwords.bucket_ids) if vectors.subwords is not None else 0,
        "sentences": counts.num_sentences,
        "text_words": counts.num_words,
        "distinct_words": counts.num_distinct_words,
        "covered_frac": counts.num_covered_words / counts.num_words,
        "nearest": examples,
    }


def format_training(report: dict[str, Any]) -> Iterator[str]:
    """The report as lines for the terminal."""
    yield t(
        "word vectors: {words:,} words x {d_model} from {text_words:,} words of text, "
        "{covered:.1%} of which are among them",
        words=report["words"],
        d_model=report["d_model"],
        text_words=report["text_words"],
        covered=report["covered_frac"],
    )
    for word, neighbours in report["nearest"].items():
        yield f"  {word}: {listed(neighbours)}"


def open_word_vectors(path: Path) -> WordVectors:
    """The vectors in a folder, or in the `word_vectors` folder of a run.

    Raises:
        CheckpointError: there are none, or they are damaged.
    """
    inside = path / STAGE_NAME
    is_run = not (path / FILE_NAMES[0]).is_file() and inside.is_dir()
    return load_word_vectors(inside if is_run else path)


def fingerprint_vectors(path: Path) -> str:
    """A hash of the vectors in a folder, or of a run; another one when they change."""
    inside = path / STAGE_NAME
    folder = path if (path / FILE_NAMES[0]).is_file() or not inside.is_dir() else inside
    hashes = {
        name: sha256_of_file(folder / name) for name in FILE_NAMES if (folder / name).is_file()
    }
    return sha256_of_json(hashes)


def score_file(vectors: WordVectors, path: Path) -> PairsResult:
    """Compare vectors with a file of pairs: two words or texts and a human score on each line,
    between commas or tabs; a first line whose third field is no number is a heading.

    Raises:
        DataError: the file is not of this form, or too few pairs can be scored.
    """
    return score_pairs(vectors, read_pairs(vectors, path))


def read_pairs(vectors: WordVectors, path: Path) -> list[Pair]:
    """The pairs of a file, cut into words; a field that is one known word is not cut.

    Raises:
        DataError: the file is not of this form; the line is named.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(t("this file cannot be read"), where=str(path), why=str(error)) from error
    lines = text.splitlines()
    has_tabs = bool(lines) and "\t" in lines[0]
    rows = csv.reader(lines, delimiter="\t" if has_tabs else ",")
    pairs = []
    for fields in rows:
        score = _score_of(fields)
        if score is None:
            if rows.line_num == 1 or not fields:
                continue
            raise DataError(
                t("line {number:,} is no pair with a score", number=rows.line_num),
                where=str(path),
                hint=t("A line holds two words or texts and a number, between commas or tabs."),
            )
        a, b = (_words_of(vectors, field) for field in fields[:2])
        pairs.append(Pair(a, b, score))
    return pairs


def _score_of(fields: list[str]) -> float | None:
    try:
        score = float(fields[2])
    except (IndexError, ValueError):
        return None
    return score if math.isfinite(score) else None


def _words_of(vectors: WordVectors, text: str) -> list[str]:
    from yanmo.corpus.segmentation.chinese import segment

    whole = text.strip()
    return [whole] if vectors.has(whole) else segment(whole, keep_marks=False)


def _train_texts(corpus_dir: Path, console: Console) -> Iterator[str]:
    from yanmo.corpus.document import read_documents

    num_characters = 0
    for batch in read_documents(corpus_dir, split="train", columns=["text"]):
        for text in batch.column("text").to_pylist():
            yield text
            num_characters += len(text)
            console.progress(
                t(
                    "word vectors: reading text, {count:.1f} million characters",
                    count=num_characters / 1e6,
                )
            )
    console.end_progress()


def describe_result(result: PairsResult) -> dict[str, Any]:
    """What a comparison with human scores gave, as JSON values."""
    values = asdict(result)
    return {**values, "unknown_words": list(result.unknown_words)}
