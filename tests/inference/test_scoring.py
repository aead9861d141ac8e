"""Scores of documents: each target once, with the context promised, whatever the batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from yanmo.inference.scoring import CausalScorer
from yanmo.models.decoder import Decoder

EOT = 0
FAMILIES = ("qwen3", "gpt2")


def documents(*lengths: int) -> list[np.ndarray]:
    draw = np.random.default_rng(0)
    return [
        np.concatenate(([EOT], draw.integers(1, 64, length - 1))).astype(np.uint16)
        if length
        else np.empty(0, np.uint16)
        for length in lengths
    ]


def log_probs_of(model: Decoder, ids: np.ndarray) -> torch.Tensor:
    """(T, V) from one forward pass over `ids` alone."""
    with torch.no_grad():
        tokens = torch.from_numpy(ids.astype(np.int64))[None]
        result: torch.Tensor = model(tokens=tokens).logits[0].double().log_softmax(1)
        return result


def targets_of(ids: np.ndarray) -> np.ndarray:
    return np.append(ids[1:], EOT).astype(np.int64)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_short_document_equals_the_direct_cross_entropy(make_model: Any, family: str) -> None:
    model = make_model(family)
    texts = documents(1, 2, 9, 15, 16)
    scores = CausalScorer(model, eot_id=EOT).score(texts)
    for ids, score in zip(texts, scores, strict=True):
        log_probs = log_probs_of(model, ids)
        direct = F.cross_entropy(log_probs, torch.from_numpy(targets_of(ids)), reduction="none")
        np.testing.assert_allclose(-score.log_probs, direct.numpy(), atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("stride", [1, 5, 8, 16, 99, None])
def test_every_target_is_scored_once_in_the_window_that_is_its_own(
    make_model: Any, family: str, stride: int | None
) -> None:
    model = make_model(family)
    context = model.config.max_seq_len
    scorer = CausalScorer(model, eot_id=EOT, stride_tokens=stride, batch_rows=7)
    step = min(stride or context // 2, context)
    assert (scorer.context_tokens, scorer.stride_tokens) == (context, step)
    for ids in documents(15, 16, 17, 41):
        windows: dict[tuple[int, int], torch.Tensor] = {}
        (score,) = scorer.score([ids])
        targets = targets_of(ids)
        assert len(score.log_probs) == len(ids)
        for position in range(len(ids)):
            end = context
            while end <= position:
                end += step
            end = min(end, len(ids))
            begin = max(0, end - context)
            assert position - begin >= min(position, context - step)
            if (begin, end) not in windows:
                windows[begin, end] = log_probs_of(model, ids[begin:end])
            direct = float(windows[begin, end][position - begin, targets[position]])
            assert score.log_probs[position] == pytest.approx(direct, abs=1e-5)


def test_the_rank_is_the_number_of_better_tokens(make_model: Any) -> None:
    model = make_model("qwen3")
    (ids,) = documents(16)
    (score,) = CausalScorer(model, eot_id=EOT).score([ids])
    log_probs = log_probs_of(model, ids)
    for position, target in enumerate(targets_of(ids)):
        better = (log_probs[position] > log_probs[position, target]).sum().item()
        assert score.ranks[position] == better


def test_ties_count_against_the_target(make_model: Any) -> None:
    model = make_model("qwen3")
    with torch.no_grad():
        model.embed.weight.zero_()  # tied: every token is equally probable
    (score,) = CausalScorer(model, eot_id=EOT).score(documents(5))
    assert score.ranks.tolist() == [63] * 5
    np.testing.assert_allclose(score.log_probs, -np.log(64), atol=1e-6)


@pytest.mark.parametrize("batch_rows", [1, 2, 5, 100])
def test_the_batch_changes_nothing(make_model: Any, batch_rows: int) -> None:
    model = make_model("qwen3")
    texts = documents(3, 50, 1, 16, 17, 0, 40, 2)
    alone = [CausalScorer(model, eot_id=EOT).score([ids])[0] for ids in texts]
    together = CausalScorer(model, eot_id=EOT, batch_rows=batch_rows).score(texts)
    backwards = CausalScorer(model, eot_id=EOT, batch_rows=batch_rows).score(texts[::-1])[::-1]
    for one, two, three in zip(alone, together, backwards, strict=True):
        np.testing.assert_allclose(two.log_probs, one.log_probs, atol=1e-5)
        np.testing.assert_allclose(three.log_probs, one.log_probs, atol=1e-5)
        np.testing.assert_array_equal(two.ranks, one.ranks)


def test_a_longer_context_before_it_never_hides_a_target(make_model: Any) -> None:
    scorer = CausalScorer(make_model("qwen3"), eot_id=EOT, stride_tokens=3)
    for score in scorer.score(documents(*range(60))):
        assert np.isfinite(score.log_probs).all()
        assert (score.log_probs < 0).all()
        assert ((score.ranks >= 0) & (score.ranks < 64)).all()


def test_nothing_has_no_scores(make_model: Any) -> None:
    scorer = CausalScorer(make_model("qwen3"), eot_id=EOT)
    assert scorer.score([]) == []
    (score,) = scorer.score(documents(0))
    assert score.log_probs.shape == score.ranks.shape == (0,)


def test_a_window_that_does_not_move_is_refused(make_model: Any) -> None:
    with pytest.raises(AssertionError):
        CausalScorer(make_model("qwen3"), eot_id=EOT, stride_tokens=0)
