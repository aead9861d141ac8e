"""The key-value cache: what goes in comes out, in order, layer by layer."""

from __future__ import annotations

import pytest
import torch

from yanmo.nn.cache import KeyValueCache, MemoryCache


def build_cache(max_seq_len: int = 6) -> KeyValueCache:
    return KeyValueCache(
        num_layers=2,
        batch_size=1,
        num_kv_heads=1,
        max_seq_len=max_seq_len,
        head_dim=2,
        device=torch.device("cpu"),
        dtype=torch.float32,
    )


def entries(*numbers: float) -> torch.Tensor:
    """One position for each number: (1, 1, T, 2)."""
    return torch.tensor(numbers)[None, None, :, None].expand(1, 1, len(numbers), 2)


def add(cache: KeyValueCache, *numbers: float) -> list[list[float]]:
    """Extend both layers, the second one with the numbers tenfold; return all keys per layer."""
    stored = []
    for layer, factor in enumerate((1.0, 10.0)):
        new = factor * entries(*numbers)
        keys, values = cache.extend(layer, new, -new)
        assert torch.equal(keys, -values)
        stored.append(keys[0, 0, :, 0].tolist())
    cache.advance(len(numbers))
    return stored


def test_extend_returns_everything_stored_so_far() -> None:
    cache = build_cache()
    assert add(cache, 1, 2, 3) == [[1, 2, 3], [10, 20, 30]]
    assert add(cache, 4) == [[1, 2, 3, 4], [10, 20, 30, 40]]
    assert (cache.length, cache.max_seq_len) == (4, 6)


def test_truncate_forgets_and_goes_on_from_there() -> None:
    cache = build_cache()
    add(cache, 1, 2, 3, 4)
    cache.truncate(2)
    assert cache.length == 2
    assert add(cache, 9) == [[1, 2, 9], [10, 20, 90]]
    cache.truncate(0)
    assert add(cache, 7) == [[7], [70]]


def test_positions_count_only_once_all_layers_have_them() -> None:
    cache = build_cache()
    cache.extend(0, entries(1, 2), entries(1, 2))
    assert cache.length == 0


def test_a_full_cache_refuses_more() -> None:
    cache = build_cache(max_seq_len=2)
    add(cache, 1, 2)
    with pytest.raises(AssertionError, match="2 positions asked to hold 3"):
        cache.extend(0, entries(3), entries(3))


@pytest.mark.parametrize("length", [-1, 3])
def test_truncate_refuses_lengths_that_are_not_stored(length: int) -> None:
    cache = build_cache()
    add(cache, 1, 2)
    with pytest.raises(AssertionError):
        cache.truncate(length)


def test_selected_rows_go_on_where_they_were() -> None:
    cache = KeyValueCache(
        num_layers=1,
        batch_size=3,
        num_kv_heads=1,
        max_seq_len=4,
        head_dim=1,
        device=torch.device("cpu"),
        dtype=torch.float32,
    )

    def extend(*numbers: float) -> list[list[float]]:
        new = torch.tensor(numbers)[:, None, None, None]  # (B, 1, 1, 1)
        keys, values = cache.extend(0, new, -new)
        assert torch.equal(keys, -values)
        cache.advance(1)
        stored: list[list[float]] = keys[:, 0, :, 0].tolist()
        return stored

    extend(1.0, 2.0, 3.0)
    cache.select(torch.tensor([2, 0, 1]))
    assert extend(30.0, 10.0, 20.0) == [[3, 30], [1, 10], [2, 20]]
    cache.select(torch.tensor([1, 1]))
    assert extend(100.0, 101.0) == [[1, 10, 100], [1, 10, 101]]
    assert cache.length == 3


def test_what_is_kept_of_sources_follows_the_rows() -> None:
    memory = MemoryCache()
    for layer in (0, 1):
        keys = torch.arange(3.0)[:, None, None, None] + 10 * layer
        memory.put(layer, keys, -keys)
    memory.select(torch.tensor([2, 0, 0, 1]))
    for layer in (0, 1):
        pair = memory.get(layer)
        assert pair is not None
        assert (pair[0].flatten() - 10 * layer).tolist() == [2, 0, 0, 1]
        assert torch.equal(pair[0], -pair[1])
