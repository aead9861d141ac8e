"""Models give the same loss and gradients document by document as under a mask."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.models.random_models import VOCAB_SIZE, build_random, draw_tokens

from yanmo.nn import attention_backends, document_attention

LENGTHS = ((6, 1, 9, 8), (2, 22), (24,))
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt2": ("gpt2", {}),
    "qwen3": ("qwen3", {}),
    "llama": ("llama", {"num_kv_heads": 1}),
    "mixture": ("qwen3_moe", {"num_experts": 4, "num_active_experts": 2}),
    "prefix": ("glm", {}),
    "window": ("qwen3", {"sliding_window": 3}),
    "alibi": ("transformer", {"positions": "alibi", "sliding_window": 3}),
    "bert": ("bert", {}),
}


def by_documents(*, has_documents: bool, **_: Any) -> str:
    return "documents" if has_documents else "sdpa"


@pytest.mark.parametrize("variant", VARIANTS)
def test_documents_one_by_one_train_as_under_a_mask(
    variant: str, make_shape: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_attention, "_MIN_SAVED_KEYS", 1)
    monkeypatch.setattr(document_attention, "_JOINED_POSITIONS", 2)
    family, fields = VARIANTS[variant]
    model = build_random(make_shape(family, VOCAB_SIZE, **fields)).double().train()
    tokens = draw_tokens(3, 24)
    batch = {"tokens": tokens, "labels": tokens.roll(-1, 1)}
    rows = [torch.arange(len(row)).repeat_interleave(torch.tensor(row)) for row in LENGTHS]
    batch["document_ids"] = torch.stack(rows)
    batch["document_ids"][1, 20:] = -1
    if variant == "prefix":
        batch["is_prefix"] = torch.rand(tokens.shape) < 0.3
    results = []
    for choose in (lambda **_: "sdpa", by_documents):
        monkeypatch.setattr(attention_backends, "choose_backend", choose)
        model.zero_grad()
        loss = model(**batch).loss_sum
        loss.backward()
        named = dict(model.named_parameters())
        gradients = {name: p.grad.clone() for name, p in named.items() if p.grad is not None}
        assert len(gradients) > len(named) / 2
        results.append((loss.detach(), gradients))
    (loss, gradients), (loss_by_documents, by_document) = results
    torch.testing.assert_close(loss_by_documents, loss, atol=1e-11, rtol=1e-12)
    for name, gradient in gradients.items():
        largest = max(1.0, gradient.abs().max().item())
        torch.testing.assert_close(by_document[name], gradient, atol=1e-12 * largest, rtol=0)
