"""A prompt learns what a frozen model cannot, and nothing of the model changes."""

from __future__ import annotations

import pytest
import torch
from tests.models.task_backbones import build_backbone, build_task_model, classes, draw_rows

from yanmo.finetuning.prompt_tuning import apply_prompt


def with_prompt(tokens: torch.Tensor, ids: tuple[int, ...]) -> torch.Tensor:
    return torch.cat((torch.tensor(ids).expand(len(tokens), -1), tokens), dim=1)


@pytest.mark.parametrize("family", ["qwen3", "gpt2", "bert", "lstm"])
def test_a_prompt_of_known_tokens_is_those_tokens(family: str) -> None:
    model = build_backbone(family).eval()
    tokens = draw_rows()["tokens"]
    expected = model(with_prompt(tokens, (5, 9))).hidden
    ids = apply_prompt(model, 2, begin_with=(5, 9))
    assert torch.equal(model(with_prompt(tokens, ids)).hidden, expected)


@pytest.mark.parametrize("family", ["qwen3", "bert"])
def test_the_prompt_and_the_head_alone_learn(family: str) -> None:
    model = build_task_model(family, classes("mean"))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    ids = apply_prompt(model, 3, seed=1)
    learned = {name for name, weight in model.named_parameters() if weight.requires_grad}
    head = {"heads.0.out_proj.bias", "heads.0.out_proj.weight"}
    assert learned == {"backbone.embed.prompt"} | head
    rows = with_prompt(draw_rows()["tokens"], ids)
    model(rows, labels=torch.tensor([0, 1, 2])).loss_sum.backward()
    assert all((weight.grad is not None) == weight.requires_grad for weight in model.parameters())
    for name, value in before.items():
        assert torch.equal(model.state_dict()[name], value), name


def test_a_prompt_teaches_a_frozen_model_which_token_to_say() -> None:
    model = build_backbone("qwen3")
    with torch.no_grad():  # fresh scores are too small to say anything surely
        model.embed.weight.mul_(20)
    ids = apply_prompt(model, 4)
    optimizer = torch.optim.AdamW([model.embed.prompt], lr=0.1)
    rows = with_prompt(draw_rows()["tokens"][:2], ids)
    labels = torch.full_like(rows, -100)
    labels[:, -1] = 17
    losses = []
    for _ in range(40):
        loss = model(rows, labels=labels).loss_sum
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
