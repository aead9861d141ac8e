"""Packed and padded conversations are learned alike, and only the answers count."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.finetuning.chats import chat_encoder, chat_tokenizer, talk, talks, tiny_model

from yanmo.core.conversation_forms import turns_of_record
from yanmo.core.errors import DataError
from yanmo.finetuning.instruction_config import InstructionConfig
from yanmo.finetuning.instructions import (
    InstructionObjective,
    InstructionRows,
    build_instruction_rows,
)
from yanmo.models.language_model import LanguageModel
from yanmo.tasks.example import ConversationExample

OBJECTIVE = InstructionObjective(pad_id=1)


def batch_of(rows: InstructionRows, *chosen: int) -> dict[str, torch.Tensor]:
    numbers = np.array(chosen or range(rows.num_rows))
    batch = OBJECTIVE.make_batch(rows, numbers, [])
    assert OBJECTIVE.count_targets(batch) == int((batch["labels"] != -100).sum())
    return {name: torch.from_numpy(array) for name, array in batch.items()}


def mean_loss_and_gradient(
    model: LanguageModel, batches: list[dict[str, torch.Tensor]]
) -> tuple[float, torch.Tensor]:
    """Loss per target over batches, and the gradient of all weights."""
    model.zero_grad()
    parts = [OBJECTIVE.loss(model, batch) for batch in batches]
    loss = sum(part[0] for part in parts) / sum(part[1] for part in parts)
    assert isinstance(loss, torch.Tensor)
    loss.backward()  # type: ignore[no-untyped-call]
    gradients = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
    return float(loss.detach()), torch.cat(gradients)


@pytest.mark.parametrize("family", ["qwen3", "gpt2", "lstm", "cnn"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_packed_and_padded_rows_give_the_same_loss(
    family: str, dtype: torch.dtype, tolerance: float
) -> None:
    model = tiny_model(family).to(dtype)
    padded = build_instruction_rows(chat_encoder(), talks(), 128)
    packed = build_instruction_rows(chat_encoder(), talks(), 128, is_packed=True)
    assert packed.num_rows < padded.num_rows == len(talks())
    losses, gradients = zip(
        *(
            mean_loss_and_gradient(model, batches)
            for batches in (
                [batch_of(padded)],
                [batch_of(padded, row) for row in range(padded.num_rows)],
                [batch_of(packed)],
            )
        ),
        strict=True,
    )
    assert losses == pytest.approx([losses[0]] * 3, abs=tolerance)
    for gradient in gradients[1:]:
        torch.testing.assert_close(gradient, gradients[0], atol=tolerance, rtol=0)


def test_padding_counts_neither_as_token_nor_as_document() -> None:
    rows = build_instruction_rows(chat_encoder(), talks(), 128)
    batch = batch_of(rows, 2, 3)
    short, long = (len(rows.chats[index].tokens) for index in (2, 3))
    assert batch["tokens"].shape == (2, long)
    assert (batch["document_ids"][0] >= 0).sum() == short
    assert (batch["tokens"][0, short:] == 1).all()
    assert (batch["labels"][0, short:] == -100).all()
    assert batch["positions"][0, :short].tolist() == list(range(short))


def test_what_is_only_read_has_no_gradient_of_its_own() -> None:
    """The loss is the mean of the answers' own losses, worked out one token at a time."""
    model = tiny_model().double().eval()
    rows = build_instruction_rows(chat_encoder(), [talk(1)], 128)
    batch = batch_of(rows)
    loss, count = OBJECTIVE.loss(model, batch)
    tokens = chat_encoder().encode(talk(1).turns)
    scores = model(tokens=torch.from_numpy(tokens.ids)[None]).logits[0]
    log_probs = scores.log_softmax(-1)
    places = np.flatnonzero(tokens.is_learned)
    by_hand = -sum(float(log_probs[place - 1, tokens.ids[place]].detach()) for place in places)
    assert count == len(places)
    assert float(loss.detach()) == pytest.approx(by_hand, rel=1e-12)


def test_answers_are_learned() -> None:
    model = tiny_model()
    rows = build_instruction_rows(chat_encoder(), talks(), 128, is_packed=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    batch = batch_of(rows)
    losses = []
    for _ in range(80):
        loss, count = OBJECTIVE.loss(model, batch)
        optimizer.zero_grad()
        (loss / count).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()) / count)
    assert losses[0] > 5.0 and losses[-1] < 0.1
    tokenizer = chat_tokenizer()
    ids = chat_encoder().prompt(talk(0).turns[:1])
    for _ in range(40):
        following = int(model(tokens=torch.tensor([ids])).logits[0, -1].argmax())
        ids.append(following)
        if following == tokenizer.id_of("<|im_end|>"):
            break
    assert tokenizer.decode(ids, skip_special_tokens=False).endswith("黄河入海流。<|im_end|>")


def test_nothing_that_fits_in_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(DataError, match="no conversation fits in 4 tokens"):
        build_instruction_rows(chat_encoder(), talks(), 4)
    config = InstructionConfig(too_long="end")
    (whole,) = build_instruction_rows(chat_encoder(), [talk(5)], 128).chats
    limit = len(whole.tokens) - 3
    (cut,) = build_instruction_rows(chat_encoder(), [talk(5)], limit, config).chats
    assert len(cut.tokens) == limit


@pytest.mark.parametrize("language", ["en", "zh"])
def test_published_instructions_give_the_same_loss_packed_and_padded(
    shared_data: Path, language: str
) -> None:
    path = shared_data / "instructions" / "alpaca-demo" / f"alpaca_{language}_demo.json"
    records = json.loads(path.read_text(encoding="utf-8"))[:16]
    examples = [
        ConversationExample(str(number), tuple(turns_of_record(record)))
        for number, record in enumerate(records)
    ]
    config = InstructionConfig(too_long="end")
    model = tiny_model(max_seq_len=512)
    rows = {
        is_packed: build_instruction_rows(
            chat_encoder(), examples, 512, config, is_packed=is_packed
        )
        for is_packed in (False, True)
    }
    assert rows[True].num_rows < rows[False].num_rows
    assert rows[True].counts == rows[False].counts
    losses = {}
    for is_packed, own in rows.items():
        parts = [OBJECTIVE.loss(model, batch_of(own, row)) for row in range(own.num_rows)]
        losses[is_packed] = float(sum(part[0].detach() for part in parts)) / sum(
            part[1] for part in parts
        )
    assert losses[True] == pytest.approx(losses[False], abs=1e-5)
