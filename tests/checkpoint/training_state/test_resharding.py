"""A checkpoint of any layout loads into any other, bit for bit, and tools read it whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed.checkpoint as dcp
from tests.checkpoint.training_state import layouts
from tests.parallel.ranks_harness import run_ranks
from torch.distributed.checkpoint import HuggingFaceStorageReader

from yanmo.checkpoint.training_state import list_checkpoints, load_full

SMALL = [name for name, size in layouts.SIZES.items() if size <= 2]


def by_size(names: list[str]) -> dict[int, list[str]]:
    sizes = sorted({layouts.SIZES[name] for name in names})
    return {size: [name for name in names if layouts.SIZES[name] == size] for size in sizes}


def save_all(folder: Path, names: list[str]) -> list[str]:
    files = []
    for size, of_size in by_size(names).items():
        files += run_ranks(layouts.save_layouts, size, str(folder), of_size)[0]
    return files


def check_all_pairs(folder: Path, names: list[str]) -> int:
    """Number of pairs, each of which was loaded exactly."""
    num_pairs = 0
    for size, of_size in by_size(names).items():
        results = run_ranks(layouts.load_into_layouts, size, str(folder), names, of_size)
        for rank, wrong in enumerate(results):
            assert {pair: tensors for pair, tensors in wrong.items() if tensors} == {}, rank
        num_pairs += sum("missing" not in pair for pair in results[0])
    return num_pairs


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints of all layouts of one or two processes."""
    folder = tmp_path_factory.mktemp("small")
    save_all(folder, SMALL)
    return folder


def test_every_layout_of_two_loads_into_every_other(small: Path) -> None:
    assert check_all_pairs(small, SMALL) == len(SMALL) ** 2 == 25


@pytest.mark.nightly
def test_every_layout_loads_into_every_other(tmp_path: Path) -> None:
    names = list(layouts.SIZES)
    files = save_all(tmp_path, names)
    assert "fsdp2_tp2/model-00004-of-00004.safetensors" in files
    assert check_all_pairs(tmp_path, names) == 64
    check_read_whole(tmp_path, names)


def check_read_whole(folder: Path, names: list[str]) -> None:
    wanted = layouts.expected()
    for name in names:
        (path,) = list_checkpoints(folder / name)
        assert layouts.digests(load_full(path).tensors) == wanted, name


def test_tools_read_every_layout_whole(small: Path) -> None:
    check_read_whole(small, SMALL)
    (path,) = list_checkpoints(small / "tp2")
    assert set(load_full(path, groups=["model"]).tensors) == {"model"}


def test_counters_without_dimensions_survive_being_read_whole(small: Path) -> None:
    (path,) = list_checkpoints(small / "fsdp2")
    steps = [t for name, t in load_full(path).tensors["optimizer"].items() if name.endswith("step")]
    assert len(steps) == 9
    assert all(step.ndim == 0 and step.item() == 2 for step in steps)


@pytest.mark.parametrize("name", ["ddp2", "fsdp2", "tp2", "pp2"])
def test_each_value_is_written_once_and_the_work_is_shared(small: Path, name: str) -> None:
    sizes = {
        layout: {file.name: file.stat().st_size for file in path.glob("*.safetensors")}
        for layout in ("single", name)
        for path in list_checkpoints(small / layout)
    }
    header = 8192  # at most, for so few names
    for group in ("model", "optimizer"):
        whole = sizes["single"][f"{group}.safetensors"]
        parts = [size for file, size in sizes[name].items() if file.startswith(group)]
        assert len(parts) == 2
        assert sum(parts) < whole + 2 * header
        assert max(parts) < 0.75 * whole + header


def test_the_logical_hash_is_the_same_for_every_layout(small: Path) -> None:
    found = {
        name: (list_checkpoints(small / name)[0] / "manifest.json").read_text() for name in SMALL
    }
    hashes = {name: text[text.index('"state_hashes"') :][:130] for name, text in found.items()}
    assert len({text.partition("}")[0] for text in hashes.values()}) == 1


@pytest.mark.parametrize("name", ["single", "fsdp2", "tp2", "pp2"])
def test_the_reader_of_pytorch_understands_the_files(small: Path, name: str) -> None:
    (path,) = list_checkpoints(small / name)
    whole = load_full(path).tensors
    state = {
        key: torch.zeros_like(tensor) for group in whole.values() for key, tensor in group.items()
    }
    dcp.load(state, storage_reader=HuggingFaceStorageReader(str(path)), no_dist=True)
    for group in whole.values():
        for key, tensor in group.items():
            assert torch.equal(state[key], tensor), key
