"""The logical hash: the same for every cut and order, another for another value, place or name."""

from __future__ import annotations

import random

import pytest
import torch

from yanmo.checkpoint.training_state.state_hash import (
    add_sums,
    from_hex,
    piece_sums,
    to_hex,
)

DTYPES = [
    torch.float32,
    torch.float64,
    torch.bfloat16,
    torch.float16,
    torch.int64,
    torch.int8,
    torch.uint8,
    torch.bool,
]


def values_of(shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
    draw = torch.Generator().manual_seed(0)
    return torch.randint(0, 100, shape, generator=draw).to(dtype)


def whole(values: torch.Tensor, name: str = "w") -> tuple[int, int]:
    return piece_sums(name, tuple(values.shape), (0,) * values.ndim, values)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(7, 5, 3), (40_000,), (3, 33_000), (200, 300), (1, 1, 9)])
def test_every_cut_adds_up_to_the_whole(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    values = values_of(shape, dtype)
    for dim in range(len(shape)):
        parts, start = [], 0
        for part in torch.tensor_split(values, 3, dim):
            offsets = tuple(start if d == dim else 0 for d in range(len(shape)))
            parts.append(piece_sums("w", shape, offsets, part))
            start += part.shape[dim]
        if values.shape[dim] >= 3:
            assert add_sums(parts) == add_sums(reversed(parts)) == whole(values)


def test_boxes_of_two_dimensions_add_up(dim: int = 0) -> None:
    values = values_of((6, 4, 10), torch.float32)
    parts = [
        piece_sums("w", (6, 4, 10), (i, j, k), values[i : i + 3, j : j + 2, k : k + 5])
        for i in (0, 3)
        for j in (0, 2)
        for k in (0, 5)
    ]
    assert add_sums(parts) == whole(values)


def test_a_tensor_without_dimensions_or_values_counts() -> None:
    assert whole(torch.tensor(3)) != whole(torch.tensor(4))
    assert whole(torch.zeros(0, 4)) != whole(torch.zeros(4, 0))
    assert whole(torch.zeros(0), "a") != (0, 0)
    assert whole(torch.tensor(0)) != whole(torch.zeros(1, dtype=torch.int64))


def test_every_flipped_bit_changes_both_sums() -> None:
    values = values_of((50, 20), torch.float32)
    expected = whole(values)
    draw, bits = random.Random(0), values.view(torch.int32)
    for _ in range(500):
        row, column, bit = draw.randrange(50), draw.randrange(20), draw.randrange(32)
        flip = -(2**31) if bit == 31 else 1 << bit
        bits[row, column] ^= flip
        found = whole(values)
        assert found[0] != expected[0]
        assert found[1] != expected[1]
        bits[row, column] ^= flip
    assert whole(values) == expected


def test_place_name_shape_and_dtype_count() -> None:
    values = torch.arange(12.0).reshape(3, 4)
    hashes = {
        whole(values),
        whole(values.flip(0)),
        whole(values.flip(1)),
        whole(values.reshape(4, 3)),
        whole(values.reshape(12)),
        whole(values.double()),
        whole(values, "v"),
        whole(-values),
        whole(values.view(torch.int32)),
    }
    assert len(hashes) == 9


def test_zero_and_minus_zero_differ_and_every_nan_is_itself() -> None:
    assert whole(torch.tensor([0.0])) != whole(torch.tensor([-0.0]))
    assert whole(torch.tensor([float("nan")])) == whole(torch.tensor([float("nan")]))


def test_sums_survive_being_written() -> None:
    sums = whole(torch.arange(5))
    assert from_hex(to_hex(sums)) == sums
    assert from_hex(to_hex((1, 2**64 - 1))) == (1, 2**64 - 1)
