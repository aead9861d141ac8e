"""A corpus is made again when one of its input files changes, and not otherwise."""

from __future__ import annotations

import os
from pathlib import Path

from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.decontamination.config import DecontaminationConfig, EvaluationSet
from yanmo.corpus.fingerprint import fingerprint_inputs
from yanmo.corpus.rules.config import RulesConfig, WordListConfig
from yanmo.corpus.sources.config import FilesSource


def _config(source: Path, words: Path, items: Path) -> CorpusConfig:
    return CorpusConfig(
        sources=[FilesSource(paths=[str(source)])],
        rules=RulesConfig(word_lists=[WordListConfig(path=str(words), max_hits=3)]),
        decontamination=DecontaminationConfig(
            sets=[EvaluationSet(name="exam", paths=[str(items)])]
        ),
    )


def test_touching_an_input_changes_the_fingerprint(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for path in (source / "a.txt", source / "b.txt", tmp_path / "words", tmp_path / "items.jsonl"):
        path.write_text("研墨")
    config = _config(source, tmp_path / "words", tmp_path / "items.jsonl")
    seen = [fingerprint_inputs(config)]
    assert fingerprint_inputs(config) == seen[0]
    for path in (source / "b.txt", tmp_path / "words", tmp_path / "items.jsonl"):
        os.utime(path, ns=(1, 1))
        seen.append(fingerprint_inputs(config))
    (source / "c.txt").write_text("纸")
    seen.append(fingerprint_inputs(config))
    (tmp_path / "words").unlink()
    seen.append(fingerprint_inputs(config))
    assert len(set(seen)) == 6


def test_fingerprint_of_the_installation_is_stable() -> None:
    config = CorpusConfig()
    assert fingerprint_inputs(config) == fingerprint_inputs(config)
