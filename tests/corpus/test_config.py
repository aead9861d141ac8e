"""The settings of the corpus stage."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.sources.config import FilesSource, PythonDocsSource


def test_default_reads_the_python_documentation() -> None:
    assert CorpusConfig().sources == [PythonDocsSource()]


def test_kind_decides_the_source() -> None:
    config = CorpusConfig.model_validate({"sources": [{"kind": "files", "paths": ["a.txt"]}]})
    assert config.sources == [FilesSource(paths=["a.txt"])]


@pytest.mark.parametrize(
    "section",
    [
        {"sources": []},
        {"sources": [{"kind": "files", "paths": []}]},
        {"sources": [{"kind": "files", "paths": ["a"], "encoding": "klingon"}]},
        {"sources": [{"kind": "files", "paths": ["a"], "encodin": "big5"}]},
        {
            "sources": [
                {
                    "kind": "python_docs",
                    "standard_library": False,
                    "installed_packages": False,
                    "readmes": False,
                }
            ]
        },
        {"split": {"validation_frac": 0.5, "test_frac": 0.5}},
        {"split": {"validation_frac": 0}},
        {"rules": {"min_characters": -1}},
    ],
)
def test_wrong_settings_are_refused(section: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CorpusConfig.model_validate(section)


def test_every_field_is_documented() -> None:
    for model in (CorpusConfig, FilesSource, PythonDocsSource):
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"


def test_config_loads_without_heavy_imports() -> None:
    heavy = "{'torch', 'numpy', 'pyarrow'}"
    code = f"import sys, yanmo.corpus.config as c; print({heavy} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
