"""What is shared stays whole, whatever becomes of one of those who share it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.pipeline.compare.tiny import tiny_recipe, write_text

from yanmo.core.console import Console
from yanmo.core.manifest import read_manifest
from yanmo.pipeline.life import inspect_stages, run
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.stages import stages_of
from yanmo.pipeline.sweep import sharing
from yanmo.pipeline.sweep.sharing import share_stages

QUIET = Console(is_quiet=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recipe, Path]:
    """A recipe and its run up to the tokens."""
    folder = tmp_path_factory.mktemp("sharing")
    recipe = tiny_recipe(write_text(folder / "text.txt"))
    run(recipe, out=folder / "run", until="tokens", console=QUIET)
    return recipe, folder / "run"


def share(recipe: Recipe, run_dir: Path, *donors: Path) -> list[str]:
    return share_stages(recipe, run_dir, stages_of(recipe, "tokens"), donors, QUIET)


def test_a_stage_is_taken_over_up_to_the_first_that_differs(
    made: tuple[Recipe, Path], tmp_path: Path
) -> None:
    recipe, donor = made
    assert share(recipe, tmp_path / "a", donor) == ["corpus", "tokenizer", "tokens"]
    states = inspect_stages(recipe, tmp_path / "a", stages_of(recipe, "tokens"))
    assert [state.reason for state in states] == [None, None, None]
    assert share(recipe, tmp_path / "a", donor) == []
    longer = recipe.model_copy(
        update={"model": recipe.model.model_copy(update={"max_seq_len": 16})}
    )
    assert share(longer, tmp_path / "b", donor) == ["corpus", "tokenizer"]
    assert not (tmp_path / "b" / "tokens").exists()


def test_a_damaged_donor_gives_nothing(made: tuple[Recipe, Path], tmp_path: Path) -> None:
    recipe, donor = made
    share(recipe, tmp_path / "a", donor)
    manifest = read_manifest(tmp_path / "a" / "tokenizer")
    assert manifest is not None
    (tmp_path / "a" / "tokenizer" / next(iter(manifest.outputs))).unlink()
    assert share(recipe, tmp_path / "b", tmp_path / "a") == ["corpus"]


def test_making_a_shared_stage_again_leaves_the_others_as_they_are(
    made: tuple[Recipe, Path], tmp_path: Path
) -> None:
    recipe, donor = made
    share(recipe, tmp_path / "a", donor)
    corpus = tmp_path / "a" / "corpus"
    manifest = read_manifest(corpus)
    assert manifest is not None
    names = sorted(manifest.outputs)
    (corpus / names[0]).unlink()
    before = {name: (donor / "corpus" / name).read_bytes() for name in names}
    assert share(recipe, tmp_path / "a") == []  # nobody to take it from
    assert not corpus.exists()
    run(recipe, out=tmp_path / "a", until="corpus", console=QUIET)
    assert all(not (corpus / name).samefile(donor / "corpus" / name) for name in names)
    assert {name: (donor / "corpus" / name).read_bytes() for name in names} == before


def test_a_disk_without_links_gets_copies(
    made: tuple[Recipe, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("Invalid cross-device link")

    monkeypatch.setattr(sharing.os, "link", refuse)
    recipe, donor = made
    assert share(recipe, tmp_path / "a", donor) == ["corpus", "tokenizer", "tokens"]
    tokenizer = "tokenizer/tokenizer.json"
    assert (tmp_path / "a" / tokenizer).read_bytes() == (donor / tokenizer).read_bytes()
    assert not (tmp_path / "a" / tokenizer).samefile(donor / tokenizer)
