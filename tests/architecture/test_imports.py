"""Imports run one way: from higher floors to lower ones, and without cycles between modules."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "yanmo"

MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "corpus": {"core"},
    "nn": {"core"},
    "tasks": {"core"},
    "tokens": {"core", "corpus"},
    "models": {"core", "nn"},
    "parallel": {"core", "nn", "models"},
    "checkpoint": {"core", "nn", "models", "parallel"},
    "training": {"core", "tokens", "models", "parallel", "checkpoint"},
    "inference": {"core", "tokens", "nn", "models", "parallel", "checkpoint"},
    "finetuning": {"core", "tokens", "nn", "models", "training", "tasks", "checkpoint"},
    "evaluation": {"core", "tokens", "tasks", "inference", "checkpoint"},
    "pipeline": {
        "core",
        "corpus",
        "tasks",
        "tokens",
        "nn",
        "models",
        "parallel",
        "checkpoint",
        "training",
        "inference",
        "finetuning",
        "evaluation",
    },
    "interpretation": {
        "core",
        "tokens",
        "nn",
        "models",
        "training",
        "inference",
        "checkpoint",
    },
    "serving": {"core", "tokens", "inference", "checkpoint", "interpretation"},
    "studio": {
        "core",
        "corpus",
        "tokens",
        "checkpoint",
        "inference",
        "pipeline",
        "interpretation",
        "serving",
    },
    "cli": {
        "core",
        "pipeline",
        "checkpoint",
        "inference",
        "tokens",
        "interpretation",
        "serving",
        "studio",
    },
}
"""Each package and the packages below it that it may import. Never widen this to make room."""

MAY_IMPORT_FOREIGN = {"yanmo.evaluation.harness_model": {"lm_eval"}}
"""The one module that is written for a library which is otherwise used in tests only; it is an
extra, and nothing else imports the module but inside a function."""

FOREIGN_ONLY_IN_TESTS = {
    "transformers",
    "datasets",
    "peft",
    "lm_eval",
    "accelerate",
    "onnxruntime",
}


def modules() -> dict[str, Path]:
    """Dotted name of every module and its file."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(path: Path, *, at_load: bool) -> set[str]:
    """Dotted names that a module imports; only those that loading it runs, with `at_load`."""
    names: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif at_load and is_deferred(node):
            return
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return names


def is_deferred(node: ast.AST) -> bool:
    """Whether loading the module does not run what is inside: a function, or TYPE_CHECKING."""
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def package_of(module: str) -> str:
    """The package of a dotted module name, or an empty string for the root."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (SOURCE / parts[1]).is_dir() else ""


def test_every_package_stands_on_a_floor() -> None:
    packages = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()}
    assert packages == set(MAY_IMPORT)


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_package_imports_only_lower_floors(package: str) -> None:
    wrong = []
    for module, path in modules().items():
        if package_of(module) != package:
            continue
        for name in imports_of(path, at_load=False):
            allowed = MAY_IMPORT[package] | {package, ""}
            if name.startswith("yanmo.") and package_of(name) not in allowed:
                wrong.append(f"{module} -> {name}")
    assert not wrong


def test_tokens_uses_only_the_document_format_of_corpus() -> None:
    for module, path in modules().items():
        if package_of(module) == "tokens":
            used = {n for n in imports_of(path, at_load=False) if n.startswith("yanmo.corpus")}
            assert all(n.startswith("yanmo.corpus.document") for n in used), (module, used)


def test_modules_import_each_other_without_cycles() -> None:
    known = modules()
    edges = {
        module: {name for name in imports_of(path, at_load=True) if name in known} - {module}
        for module, path in known.items()
    }
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail[trail.index(module) :], module))
        if module in done:
            return
        for name in edges[module]:
            if not module.startswith(f"{name}."):  # a package's own __init__
                visit(name, (*trail, module))
        done.add(module)

    for module in edges:
        visit(module, ())


def test_interop_libraries_are_never_imported() -> None:
    for module, path in modules().items():
        roots = {name.split(".")[0] for name in imports_of(path, at_load=False)}
        wrong = (roots & FOREIGN_ONLY_IN_TESTS) - MAY_IMPORT_FOREIGN.get(module, set())
        assert not wrong, module


def test_modules_for_foreign_libraries_are_imported_only_when_they_are_used() -> None:
    assert MAY_IMPORT_FOREIGN.keys() <= modules().keys()
    for module, path in modules().items():
        assert not imports_of(path, at_load=True) & MAY_IMPORT_FOREIGN.keys(), module


def test_nothing_unpickles() -> None:
    for module, path in modules().items():
        names = imports_of(path, at_load=False)
        assert not {"pickle", "dill", "shelve", "marshal"} & names, module
        text = path.read_text(encoding="utf-8")
        assert "torch.load" not in text and "yaml.load(" not in text, module


def test_configuration_and_cli_load_without_heavy_libraries() -> None:
    light = [m for m in modules() if m.startswith(("yanmo.cli", "yanmo.core"))]
    light += [m for m in modules() if m.endswith(".config") or m == "yanmo.pipeline.recipe"]
    code = (
        f"import sys, importlib\nfor m in {light!r}: importlib.import_module(m)\n"
        "heavy = {'torch', 'numpy', 'pyarrow', 'tokenizers', 'yaml', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
