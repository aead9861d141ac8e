"""Whether the input files of a corpus are what they were.

Comes in: a `CorpusConfig`. Goes out: a hash of the names, sizes and times of all files that it
names: sources, word lists, test sets. Reads none of them and loads no step, so looking is cheap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.decontamination.items import fingerprint_sets
from yanmo.corpus.sources.kinds import fingerprint_source


def fingerprint_inputs(config: CorpusConfig) -> str:
    """A hash that changes when an input file is added, removed, resized or touched.

    Raises:
        DataError: a path that the configuration names does not exist.
    """
    groups = [fingerprint_source(source) for source in config.sources]
    groups.append(fingerprint_sets(config.decontamination.sets))
    groups.append(_fingerprint_word_lists(config))
    digest = hashlib.blake2b(digest_size=16)
    for lines in groups:
        for line in lines:
            digest.update(line.encode("utf-8", "surrogateescape") + b"\n")
        digest.update(b"\n")
    return digest.hexdigest()


def _fingerprint_word_lists(config: CorpusConfig) -> Iterator[str]:
    """A line for each word list. One that is missing is reported by the rule that reads it."""
    for word_list in config.rules.word_lists:
        path = Path(word_list.path).expanduser()
        if path.exists():
            status = path.stat()
            yield f"{path}\t{status.st_size}\t{status.st_mtime_ns}"
        else:
            yield f"{path}\t-"
