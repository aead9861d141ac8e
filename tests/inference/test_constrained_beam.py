"""Beams that must write given tokens: against all texts there are, on tiny models."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import pytest
import torch

from yanmo.inference.beam import BeamSettings, follow_beams, length_divisor
from yanmo.inference.constrained_beam import ConstrainedText, Required, advance_constrained
from yanmo.inference.writing import open_sources, write_ids
from yanmo.inference.writing_config import WritingConfig
from yanmo.inference.writing_rules import WritingRules, Written

STOP = 4
VOCAB_SIZE = 5


def search(
    model: Any, sources: list[list[int]], required: list[list[Required]], num_beams: int, limit: int
) -> list[Written]:
    settings = BeamSettings(num_beams, 0.6, "full")
    rules = WritingRules(frozenset({STOP}))
    with torch.inference_mode():
        opened = open_sources(model, sources, WritingConfig(max_new_tokens=limit), VOCAB_SIZE)
        texts = [ConstrainedText(row, limit, own, settings) for row, own in enumerate(required)]
        return follow_beams(
            opened.rows, opened.begins, texts, partial(advance_constrained, rules=rules)
        )


def same(*tokens: int, not_before: frozenset[int] = frozenset()) -> Required:
    return Required(tokens, tokens, not_before)


def has(ids: tuple[int, ...], part: tuple[int, ...]) -> bool:
    return any(ids[at : at + len(part)] == part for at in range(len(ids)))


@torch.no_grad()
def worth(model: Any, source: list[int], ids: tuple[int, ...]) -> float:
    written = [*ids, STOP]
    scores = model(
        tokens=torch.tensor([[model.config.decoder_start_id, *written[:-1]]]),
        source_tokens=torch.tensor([source]),
    ).logits[0, :, :VOCAB_SIZE]
    total = scores.log_softmax(1).gather(1, torch.tensor(written)[:, None]).sum()
    return float(total) / length_divisor(len(written), 0.6)


@pytest.mark.parametrize("parts", [[(1, 2)], [(0,), (3, 3)], [(2, 0, 1)], [(1,), (1, 2)]])
@pytest.mark.parametrize("family", ["marian", "gru_seq2seq"])
def test_a_wide_beam_finds_the_best_text_that_has_everything(
    make_model: Any, family: str, parts: list[tuple[int, ...]]
) -> None:
    model = make_model(family, VOCAB_SIZE, max_seq_len=16)
    source, limit = [2, 0, 1], 5
    texts = [text for size in range(limit) for text in itertools.product(range(4), repeat=size)]
    allowed = [text for text in texts if all(has(text, part) for part in parts)]
    # A token may serve one sequence only: (1,) and (1, 2) want two ones.
    if parts == [(1,), (1, 2)]:
        allowed = [text for text in allowed if text.count(1) >= 2]
    best = max(allowed, key=lambda text: worth(model, source, text))
    found = search(model, [source], [[same(*part) for part in parts]], 400, limit)[0]
    assert not found.is_cut
    assert worth(model, source, found.ids) == pytest.approx(worth(model, source, best), abs=1e-4)


@pytest.mark.parametrize("num_beams", [1, 4])
def test_a_narrow_beam_writes_everything_too(make_model: Any, num_beams: int) -> None:
    model = make_model("marian", VOCAB_SIZE, max_seq_len=64)
    sources = [[3, 2, 1], [0], [0, 1, 2, 3]]
    parts = [[(0, 3, 1)], [(2,), (3, 3)], [(0, 1, 0, 1, 0), (2, 2)]]
    required = [[same(*part) for part in own] for own in parts]
    found = search(model, sources, required, num_beams, 24)
    for one, own in zip(found, parts, strict=True):
        assert all(has(one.ids, part) for part in own)
    config = WritingConfig(max_new_tokens=24)
    free = write_ids(model, sources, config, stop_ids={STOP}, vocab_size=VOCAB_SIZE)
    assert not all(has(one.ids, part) for one, own in zip(free, parts, strict=True) for part in own)


def test_another_form_stands_at_the_beginning(make_model: Any) -> None:
    model = make_model("marian", VOCAB_SIZE, max_seq_len=16)
    found = search(model, [[2, 0, 1]], [[Required((3, 3), (1, 1, 1))]], 400, 4)[0]
    assert found.ids[:2] == (3, 3) or has(found.ids[1:], (1, 1, 1))


def test_a_word_that_goes_on_is_not_the_word(make_model: Any) -> None:
    model = make_model("gru_seq2seq", VOCAB_SIZE, max_seq_len=16)
    texts = []
    for not_before in (frozenset[int](), frozenset({0, 1, 2, 3})):
        required = [[same(2, not_before=not_before)]]
        texts.append(search(model, [[2, 0, 1]], required, 200, 6)[0].ids)
    assert texts[1][-1] == 2, "every token would go on, so the word is the last"


def test_what_does_not_fit_is_cut_and_has_as_much_as_possible(make_model: Any) -> None:
    model = make_model("marian", VOCAB_SIZE, max_seq_len=64)
    found = search(model, [[3, 2, 1]], [[same(0, 1, 2, 3, 0, 1, 2)]], 4, 5)[0]
    assert found.is_cut
    assert found.ids == (0, 1, 2, 3, 0)
