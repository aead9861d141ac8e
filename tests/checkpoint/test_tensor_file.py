"""One file of tensors: exact, tagged for other readers, and refused when it is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from yanmo.checkpoint import tensor_file
from yanmo.checkpoint.tensor_file import load_tensors, tensors_to_bytes
from yanmo.core.errors import CheckpointError

TENSORS = {
    "float32": torch.randn(3, 4),
    "float64": torch.randn(2, dtype=torch.float64),
    "bfloat16": torch.randn(5).bfloat16(),
    "int64": torch.tensor(2**62 + 1),
    "bool": torch.tensor([True, False]),
    "empty": torch.zeros(0, 3),
    "not finite": torch.tensor([float("nan"), float("inf"), -0.0]),
    "transposed": torch.arange(6).view(2, 3).t(),
    "名字": torch.ones(1),
}


def test_every_kind_of_tensor_survives_bit_for_bit(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(tensors_to_bytes(TENSORS))
    loaded = load_tensors(path)
    assert loaded.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert loaded[name].dtype == tensor.dtype
        assert loaded[name].shape == tensor.shape
        expected = tensor.contiguous().reshape(-1).view(torch.uint8)
        assert torch.equal(loaded[name].reshape(-1).view(torch.uint8), expected), name


def test_the_file_is_tagged_as_that_of_torch(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(tensors_to_bytes({"a": torch.zeros(1)}))
    with safe_open(path, framework="pt") as file:
        assert file.metadata() == {"format": "pt"}


def test_a_parameter_is_stored_without_its_graph(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(tensors_to_bytes({"a": torch.nn.Parameter(torch.ones(2))}))
    assert not load_tensors(path)["a"].requires_grad


@pytest.mark.parametrize("content", [None, b"", b"12345678", b"\x02" + b"\0" * 7 + b"{}x"])
def test_a_file_that_is_none_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        load_tensors(path)
    assert caught.value.where == str(path)


def test_a_folder_is_no_file_of_tensors(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        load_tensors(tmp_path)


def test_too_many_tensors_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(tensors_to_bytes({str(n): torch.zeros(1) for n in range(4)}))
    monkeypatch.setattr(tensor_file, "MAX_TENSORS", 3)
    with pytest.raises(CheckpointError, match="3"):
        load_tensors(path)
