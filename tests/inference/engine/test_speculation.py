"""Speculation changes how fast a text is written, and nothing of what is written."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.inference.engine.driving import (
    Listener,
    ask,
    assert_nothing_is_left,
    greedy,
    written_plainly,
)

from yanmo.checkpoint.model_folder import write_model_files
from yanmo.core.errors import ConfigError
from yanmo.inference.config import SamplingConfig
from yanmo.inference.engine.choice import Choice
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.decoder_runner import DecoderRunner
from yanmo.inference.engine.draw import draw_tokens
from yanmo.inference.engine.engine import Engine
from yanmo.inference.engine.open import engine_of, open_engine
from yanmo.inference.engine.request import EngineRequest
from yanmo.inference.engine.speculation import Draft, DraftModel, TextLookup
from yanmo.tokens.tokenizer import Tokenizer

PROMPTS = [[1, 2, 3, 4] * 6, [9, 8, 7, 9, 8, 7, 9], [5], list(range(20)) + list(range(10))]


def engine_with_draft(model: Any, small: Any, num_slots: int = 4, **fields: Any) -> Engine:
    config = EngineConfig(num_slots=num_slots, num_draft_tokens=3, chunk_tokens=16, **fields)
    room = config.slot_tokens or model.config.max_seq_len
    drafter = DraftModel(DecoderRunner(small, num_slots, room), model.config.vocab_size)
    return Engine(DecoderRunner(model, num_slots, room), None, config, drafter=drafter)


@pytest.fixture(scope="module")
def model(make_model: Any) -> Any:
    return make_model("qwen3", max_seq_len=96)


@pytest.fixture(scope="module")
def relative(model: Any, make_model: Any) -> Any:
    """A model that often agrees with `model`."""
    small = make_model("qwen3", max_seq_len=96)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in small.parameters():
            parameter.add_(0.02 * torch.randn(parameter.shape, generator=generator))
    return small


def test_lookup_writes_the_same_text_and_accepts_what_repeats(model: Any) -> None:
    config = EngineConfig(kernels="torch", num_slots=3, draft="lookup", num_draft_tokens=5)
    engine, listener = engine_of(model, None, config), Listener()
    for prompt in PROMPTS:
        engine.submit(EngineRequest(tuple(prompt), greedy(50)))
    listener.drain(engine)
    for number, prompt in enumerate(PROMPTS, start=1):
        told = listener.choices[number, 0]
        assert told.ids == written_plainly(model, prompt, 50)
    assert 0 < engine.counts.accepted_tokens <= engine.counts.drafted_tokens
    assert engine.counts.generated_tokens == 200
    assert_nothing_is_left(engine)


@pytest.mark.parametrize("seed", range(4))
def test_lookup_keeps_the_text_of_a_seed(model: Any, seed: int) -> None:
    plain = engine_of(model, None, EngineConfig(kernels="torch", num_slots=2))
    config = EngineConfig(kernels="torch", num_slots=2, draft="lookup")
    looking = engine_of(model, None, config)
    sampling = SamplingConfig(max_new_tokens=60, temperature=0.8, top_k=3, seed=seed)
    expected = ask(plain, PROMPTS[0], sampling, num_choices=2, num_alternatives=2)
    found = ask(looking, PROMPTS[0], sampling, num_choices=2, num_alternatives=2)
    for place in (0, 1):
        assert found[place].ids == expected[place].ids
        for one, other in zip(found[place].tokens, expected[place].tokens, strict=True):
            assert one.log_prob == pytest.approx(other.log_prob, abs=1e-4)
    assert looking.counts.drafted_tokens > 0


def test_a_draft_model_changes_no_greedy_text(model: Any, relative: Any) -> None:
    engine, listener = engine_with_draft(model, relative), Listener()
    for prompt in PROMPTS * 2:
        engine.submit(EngineRequest(tuple(prompt), greedy(40)))
        listener.take(engine.step())
    listener.drain(engine)
    for number, prompt in enumerate(PROMPTS * 2, start=1):
        assert listener.choices[number, 0].ids == written_plainly(model, prompt, 40)
    counts = engine.counts
    assert 0.3 < counts.accepted_tokens / counts.drafted_tokens < 1
    assert_nothing_is_left(engine)


def test_the_model_itself_as_its_draft_is_always_right(model: Any) -> None:
    engine = engine_with_draft(model, model)
    sampling = SamplingConfig(max_new_tokens=40, temperature=0.8, top_k=20, seed=1)
    ask(engine, PROMPTS[0], sampling, num_choices=3)
    assert engine.counts.accepted_tokens > 0.98 * engine.counts.drafted_tokens


@pytest.mark.parametrize("draft", ["lookup", "model"])
def test_speculation_ends_where_the_text_ends(model: Any, relative: Any, draft: str) -> None:
    plain = engine_of(model, None, EngineConfig(kernels="torch", num_slots=1, slot_tokens=40))
    for count in range(1, 30, 3):
        config = {"slot_tokens": 40, "kernels": "torch", "when_full": "stop"}
        if draft == "lookup":
            engine = engine_of(model, None, EngineConfig(num_slots=1, draft="lookup", **config))
        else:
            engine = engine_with_draft(model, relative, 1, **config)
        expected = ask(plain, PROMPTS[0], greedy(count))[0]
        found = ask(engine, PROMPTS[0], greedy(count))[0]
        assert (found.ids, found.reason) == (expected.ids, expected.reason)
        ends = frozenset({expected.ids[-1]})
        stopped = ask(engine, PROMPTS[0], greedy(count), stop_ids=ends)[0]
        assert stopped.ids == expected.ids[: expected.ids.index(expected.ids[-1])]


def test_a_drafted_token_is_kept_such_that_draws_follow_the_model() -> None:
    # One step many times: scores of the model, and a draft from quite another distribution.
    scores = torch.tensor([[2.0, 1.0, 0.5, 0.0, -1.0, -4.0]] * 3)
    wanted = np.exp(scores[0].double().numpy())
    wanted /= wanted.sum()
    given = np.array([0.05, 0.05, 0.1, 0.3, 0.3, 0.2])
    sampling = SamplingConfig(temperature=1.0, max_new_tokens=10, seed=0)
    draws, drawn = np.random.default_rng(0), Counter[tuple[int, ...]]()
    count = 20_000
    choice = Choice((1, 0), EngineRequest((0,), sampling), None, frozenset())
    for _ in range(count):
        proposed = tuple(draws.choice(6, 2, p=given).tolist())
        choice.num_written = 0
        found = draw_tokens(choice, scores, Draft(proposed, (given, given)), 6)
        drawn[found.tokens[0].id] += 1
    observed = np.array([drawn[token] for token in range(6)])
    statistic = ((observed - count * wanted) ** 2 / (count * wanted)).sum()
    assert statistic < 20.5  # the 99.9% point of chi-square with five degrees of freedom


def test_sampling_with_a_draft_model_is_distributed_as_without(make_model: Any) -> None:
    model, small = (make_model("qwen3", max_seq_len=32, depth=depth) for depth in (2, 1))
    sampling = SamplingConfig(max_new_tokens=3, temperature=4.0, top_k=4)
    found = []
    for engine in (
        engine_of(model, None, EngineConfig(kernels="torch", num_slots=16)),
        engine_with_draft(model, small, 16),
    ):
        choices = ask(engine, [3, 1], sampling.model_copy(update={"seed": 7}), num_choices=1500)
        found.append(Counter(tuple(told.ids[1:]) for told in choices.values()))
    keys = [key for key in found[0] | found[1] if found[0][key] + found[1][key] >= 20]
    one, other = (np.array([counts[key] for key in keys]) for counts in found)
    statistic = ((one - other) ** 2 / (one + other)).sum()
    assert len(keys) > 5
    assert statistic < len(keys) + 4 * (2 * len(keys)) ** 0.5  # four standard deviations


def test_the_longest_run_that_stood_before_decides_what_is_proposed() -> None:
    def proposed(ids: list[int], count: int = 3) -> tuple[int, ...]:
        choice = Choice((1, 0), EngineRequest((0,), greedy(1)), None, frozenset())
        choice.ids = ids
        return TextLookup().propose([(choice, count)])[0].ids

    assert proposed([1, 2, 3, 4, 5, 1, 2]) == (3, 4, 5)
    assert proposed([7, 1, 2, 8, 6, 1, 2, 9, 7, 1, 2]) == (8, 6, 1), "three tokens before two"
    assert proposed([1, 2, 8, 6, 1, 2, 9, 5, 1, 2]) == (9, 5, 1), "the last of equals"
    assert proposed([1, 2, 3]) == () and proposed([4]) == ()
    assert proposed([1, 2, 3, 4, 1, 2], 0) == ()


def test_a_draft_model_of_another_tokenizer_is_refused(
    make_model: Any, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    model = make_model("qwen3", tokenizer.vocab_size)
    write_model_files(model, tmp_path, {}, torch.float32)
    tokenizer.save(tmp_path)
    own = EngineConfig(num_slots=1, draft=str(tmp_path), kernels="torch")
    engine = open_engine(tmp_path, own, "cpu")
    assert ask(engine, [tokenizer.bos_id, 5], greedy(5))
    with pytest.raises(ConfigError, match="another tokenizer"):
        engine_of(make_model("qwen3", 64), None, own)
    with pytest.raises(ConfigError, match="cannot take tokens back"):
        engine_of(make_model("lstm"), None, EngineConfig(num_slots=1, draft="lookup"))
