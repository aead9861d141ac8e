"""A causal batch is the packed rows, and a changed token changes no score before it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from tests.training.objectives.small_split import (
    build_tiny,
    random_documents,
    source,
    to_tensors,
    write_split,
)

from yanmo.training.objectives.causal import CausalObjective


def test_labels_are_the_next_tokens_and_nothing_ahead_is_seen(tmp_path: Path) -> None:
    objective = CausalObjective()
    rows = objective.build_rows(write_split(tmp_path, random_documents(10, 40)), source(32))
    batch = objective.make_batch(rows, np.arange(2), [])
    assert batch.keys() == {"tokens", "labels", "positions", "document_ids"}
    is_inside = batch["document_ids"][:, 1:] == batch["document_ids"][:, :-1]
    np.testing.assert_array_equal(
        batch["tokens"][:, 1:][is_inside], batch["labels"][:, :-1][is_inside]
    )
    model = build_tiny("gpt2", 32).eval()
    tensors = to_tensors(batch)
    inputs = {name: array for name, array in tensors.items() if name != "labels"}
    changed = dict(inputs, tokens=inputs["tokens"].clone())
    changed["tokens"][:, 9] = 42
    with torch.no_grad():
        before, after = model(**inputs).scores, model(**changed).scores
        loss_sum, num_targets = objective.loss(model, tensors)
    # Position 8 predicts token 9: what stands there must not be known to it.
    torch.testing.assert_close(before[:, :9], after[:, :9])
    assert not torch.allclose(before[:, 9], after[:, 9])
    assert num_targets == objective.count_targets(batch) == 64
    expected = torch.nn.functional.cross_entropy(
        before.flatten(0, 1), tensors["labels"].flatten(), reduction="sum"
    )
    torch.testing.assert_close(loss_sum, expected, rtol=1e-5, atol=1e-3)
