"""The kinds of sources: for each, how its files are listed, read and fingerprinted.

Comes in: a source of a recipe. Goes out: its files, and the documents of each. Knows every kind;
nothing else does.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from pathlib import Path

from yanmo.core.messages import t
from yanmo.corpus.sources.config import FilesSource, PythonDocsSource
