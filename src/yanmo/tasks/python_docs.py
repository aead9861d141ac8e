"""Tasks that ship no data: from the docstrings of the standard library of the running Python.

Comes in: the source files of the standard library, parsed and never imported. Goes out: examples
for summarisation (the first line of a docstring from the rest of it) and for classification (the
family of modules that a docstring is from). All docstrings of a module fall to one split, so that
what is measured on is from modules that nothing was learned from. Knows no configuration.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import os
import re
import sysconfig
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tasks.example import PairExample, TextExample
from yanmo.tasks.reading.source_file import SourceFile
from yanmo.tasks.task import Split

FAMILIES: dict[str, tuple[str, ...]] = {
    "concurrency": (
        *("_threading_local", "asyncio", "concurrent", "contextvars", "multiprocessing", "queue"),
        *("sched", "selectors", "signal", "subprocess", "threading"),
    ),
    "desktop": ("curses", "idlelib", "tkinter", "turtle", "turtledemo"),
    "email": (
        *("email", "imaplib", "mailbox", "mailcap", "mimetypes", "nntplib", "poplib", "quopri"),
        *("smtpd", "smtplib"),
    ),
    "files": (
        *("_pyio", "bz2", "filecmp", "fileinput", "fnmatch", "genericpath", "glob", "gzip"),
        *("lzma", "ntpath", "os", "pathlib", "posixpath", "shutil", "tarfile", "tempfile"),
        *("zipapp", "zipfile"),
    ),
    "formats": ("_markupbase", "configparser", "csv", "html", "json", "plistlib", "tomllib", "xml"),
    "imports": (
        *("distutils", "ensurepip", "imp", "importlib", "modulefinder", "pkgutil", "runpy"),
        *("site", "sysconfig", "venv", "zipimport"),
    ),
    "language": (
        *("_collections_abc", "abc", "ast", "collections", "contextlib", "copy", "dataclasses"),
        *("dis", "enum", "functools", "inspect", "lib2to3", "pickle", "pickletools", "symtable"),
        *("tokenize", "types", "typing"),
    ),
    "numbers": (
        *("_pydecimal", "_strptime", "calendar", "colorsys", "datetime", "_pydatetime"),
        *("fractions", "heapq", "numbers", "random", "statistics"),
    ),
    "testing": (
        *("bdb", "cProfile", "doctest", "logging", "pdb", "profile", "pstats", "timeit", "trace"),
        *("traceback", "tracemalloc", "unittest", "warnings"),
    ),
    "web": (
        *("cgi", "cgitb", "ftplib", "http", "ipaddress", "nturl2path", "socket", "socketserver"),
        *("ssl", "telnetlib", "urllib", "webbrowser", "wsgiref", "xmlrpc"),
    ),
}
"""The classes, and the top-level modules of each."""

_SHARES: dict[Split, float] = {"train": 0.7, "validation": 0.1, "test": 0.2}
_LEFT_OUT = frozenset(
    ("site-packages", "dist-packages", "__pycache__", "test", "tests", "idle_test", "pydoc_data")
)
_MIN_CHARACTERS = 40
_MAX_OF_FAMILY = 400
_MIN_OF_FAMILY = 60
_MIN_REST_CHARACTERS = 80
_FIRST_LINE = re.compile(r"\S+(?: +\S+){2,}")
_MIN_LINE_CHARACTERS, _MAX_LINE_CHARACTERS = 15, 120
_FAMILY_OF = {module: family for family, modules in FAMILIES.items() for module in modules}


@dataclass(frozen=True, slots=True)
class Docstring:
    """What a module, a class or a function says of itself.

    Args:
        module: dotted name of the module.
        name: of what is described, with the line at which it stands; unique in the module.
        text: without common indentation.
    """

    module: str
    name: str
    text: str

    @property
    def id(self) -> str:
        """A stable name."""
        return f"{self.module}:{self.name}"

    @property
    def family(self) -> str | None:
        """The class that the module belongs to."""
        return _FAMILY_OF.get(self.module.partition(".")[0])


def python_files() -> list[SourceFile]:
    """The source files of the standard library, without tests, sorted by name.

    Raises:
        DataError: this Python has none.
    """
    root = Path(sysconfig.get_path("stdlib"))
    found = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in _LEFT_OUT)
        for name in files:
            if name.endswith(".py"):
                path = Path(folder, name)
                found.append(SourceFile(path, path.relative_to(root).as_posix()))
    if not found:
        raise DataError(
            t("the standard library of this Python has no source files"), where=str(root)
        )
    return sorted(found, key=lambda file: file.name)


@lru_cache(maxsize=1)
def docstrings() -> tuple[Docstring, ...]:
    """Every docstring of the standard library of at least 40 characters; of equal ones the first.

    Takes some seconds the first time.
    """
    found: dict[str, Docstring] = {}
    for file in python_files():
        for docstring in _docstrings_of(file):
            if len(docstring.text) >= _MIN_CHARACTERS:
                found.setdefault(docstring.text, docstring)
    return tuple(found.values())


@lru_cache(maxsize=1)
def summaries() -> Mapping[Split, tuple[PairExample, ...]]:
    """By split: the rest of a docstring and its first line, where the line is a sentence of 15 to
    120 characters before an empty line and the rest has 80 characters or more."""
    pairs = []
    for docstring in docstrings():
        first, _, rest = docstring.text.partition("\n")
        is_line = _MIN_LINE_CHARACTERS <= len(first) <= _MAX_LINE_CHARACTERS
        if not (is_line and rest.startswith("\n") and _FIRST_LINE.fullmatch(first.strip())):
            continue
        if len(rest.strip()) >= _MIN_REST_CHARACTERS:
            pair = PairExample(docstring.id, rest.strip("\n"), (first.strip(),))
            pairs.append((docstring.module, pair))
    split_of = _split_of_modules(Counter(module for module, _ in pairs))
    return {
        split: tuple(pair for module, pair in pairs if split_of[module] == split)
        for split in _SHARES
    }


@lru_cache(maxsize=1)
def families() -> Mapping[Split, tuple[TextExample, ...]]:
    """By split: docstrings and the family of their module, 400 of a family at most; a family of
    which this Python has fewer than 60 is left out."""
    of_family: dict[str, list[Docstring]] = {family: [] for family in FAMILIES}
    for docstring in docstrings():
        if docstring.family is not None:
            of_family[docstring.family].append(docstring)
    found: dict[Split, list[TextExample]] = {split: [] for split in _SHARES}
    for family, members in of_family.items():
        if len(members) < _MIN_OF_FAMILY:
            continue
        split_of = _split_of_modules(Counter(member.module for member in members))
        for split, share in _SHARES.items():
            there = sorted((m for m in members if split_of[m.module] == split), key=_turn)
            found[split] += [
                TextExample(member.id, member.text, label=family)
                for member in there[: round(share * _MAX_OF_FAMILY)]
            ]
    return {
        split: tuple(sorted(examples, key=lambda example: _hash(example.id)))
        for split, examples in found.items()
    }


def family_names() -> tuple[str, ...]:
    """The families that this Python has, in their order."""
    there = {example.label for example in families()["train"]}
    return tuple(family for family in FAMILIES if family in there)


def _split_of_modules(counts: Mapping[str, int]) -> dict[str, Split]:
    """Which split each module falls to, so that the splits come near their shares.

    The largest module comes first (of equal ones, by a hash of the name) and goes to the split that
    lacks most.
    """
    lacking = {split: share * sum(counts.values()) for split, share in _SHARES.items()}
    found: dict[str, Split] = {}
    for module in sorted(counts, key=lambda name: (-counts[name], _hash(name))):
        split = max(lacking, key=lambda name: lacking[name])
        lacking[split] -= counts[module]
        found[module] = split
    return found


def _turn(docstring: Docstring) -> bytes:
    """What docstrings are sorted by: as good as random, and always the same."""
    return _hash(docstring.id)


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest()


def _docstrings_of(file: SourceFile) -> Iterator[Docstring]:
    """The docstrings of a file; none where it is not Python that this interpreter can parse."""
    module = file.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes, which are not ours
            tree = ast.parse(file.path.read_bytes())
    except (SyntaxError, ValueError):
        return
    if text := ast.get_docstring(tree):
        yield Docstring(module, "0", text.strip())
    waiting: list[tuple[str, Iterable[ast.stmt]]] = [("", tree.body)]
    while waiting:
        owner, statements = waiting.pop()
        for statement in statements:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{owner}{statement.name}"
                if text := ast.get_docstring(statement, clean=False):
                    cleaned = inspect.cleandoc(text).strip()
                    yield Docstring(module, f"{name}:{statement.lineno}", cleaned)
                waiting.append((f"{name}.", statement.body))
