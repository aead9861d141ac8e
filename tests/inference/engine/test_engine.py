"""The engine: whatever runs together, in whatever order it came, each text is what it would be
alone; nothing is lost, and nothing is left behind."""

from __future__ import annotations

import random
from typing import Any
from unittest import mock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inference.engine.driving import (
    Listener,
    ask,
    assert_nothing_is_left,
    greedy,
    written_plainly,
)

from yanmo.core.errors import ConfigError, DataError
from yanmo.inference.config import SamplingConfig
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.engine import Engine
from yanmo.inference.engine.open import engine_of
from yanmo.inference.engine.request import ChoiceEvent, EngineRequest, PromptEvent
from yanmo.inference.generate import generate_text
from yanmo.inference.scoring import CausalScorer
from yanmo.tokens.tokenizer import Tokenizer

SHAPES: dict[str, dict[str, Any]] = {
    "qwen3": {},
    "gpt2": {},
    "llama": {"rope_scaling": {"kind": "linear", "factor": 2.0}},
    "qwen3_moe": {},
    "glm": {},
    "window": {"family": "qwen3", "sliding_window": 5},
    "alibi": {"family": "transformer", "positions": "alibi"},
    "relative": {"family": "transformer", "positions": "relative"},
    "sinusoidal": {"family": "transformer", "positions": "sinusoidal"},
    "windowed alibi": {"family": "transformer", "positions": "alibi", "sliding_window": 4},
    "no positions": {"family": "transformer", "positions": "none", "num_kv_heads": 1},
    "lstm": {},
    "gru": {},
    "cnn": {},
    "ffn": {},
}
DECODERS = [name for name in SHAPES if name not in ("lstm", "gru", "cnn", "ffn")]


@pytest.fixture(scope="module")
def model_of(make_model: Any) -> Any:
    """A function from a name in SHAPES to its model, made once."""
    made: dict[str, Any] = {}

    def model_of(name: str) -> Any:
        if name not in made:
            fields = {"max_seq_len": 64, **SHAPES[name]}
            made[name] = make_model(fields.pop("family", name), **fields)
        return made[name]

    return model_of


def prompts_of(seed: int, count: int, longest: int = 40) -> list[list[int]]:
    draw = random.Random(seed)
    found = [[draw.randrange(64) for _ in range(draw.randint(1, longest))] for _ in range(count)]
    return [*found, [*found[0], 5], [*found[-1][: len(found[-1]) // 2 + 1], 9]]


@pytest.mark.parametrize("shape", SHAPES)
def test_batched_writing_equals_writing_alone_token_for_token(model_of: Any, shape: str) -> None:
    model = model_of(shape)
    engine = engine_of(model, None, EngineConfig(kernels="torch", num_slots=4, chunk_tokens=11))
    listener, expected = Listener(), {}
    draw = random.Random(shape)
    for prompt in prompts_of(1, 10):
        count = draw.randint(1, 15)
        number = engine.submit(EngineRequest(tuple(prompt), greedy(count)))
        expected[number, 0] = written_plainly(model, prompt, count)
        for _ in range(draw.randint(0, 4)):
            listener.take(engine.step())
    listener.drain(engine)
    assert {number: told.ids for number, told in listener.choices.items()} == expected
    assert {told.reason for told in listener.choices.values()} == {"length"}
    assert_nothing_is_left(engine)


requests = st.tuples(
    st.integers(0, 5),  # steps before it comes
    st.integers(0, 11),  # which prompt
    st.integers(1, 12),  # tokens
    st.integers(1, 3),  # choices
    st.booleans(),  # sampled or greedy
    st.one_of(st.none(), st.integers(0, 12)),  # cancelled after so many steps
)


@settings(max_examples=25)
@given(
    plan=st.lists(requests, min_size=1, max_size=14),
    num_slots=st.integers(1, 5),
    chunk_tokens=st.integers(1, 50),
    shape=st.sampled_from(["qwen3", "alibi", "window", "lstm"]),
)
def test_any_schedule_gives_the_same_texts(
    model_of: Any, plan: Any, num_slots: int, chunk_tokens: int, shape: str
) -> None:
    model = model_of(shape)
    prompts = prompts_of(7, 10)
    engine = engine_of(
        model, None, EngineConfig(kernels="torch", num_slots=num_slots, chunk_tokens=chunk_tokens)
    )
    alone = engine_of(model, None, EngineConfig(kernels="torch", num_slots=1))
    listener, leaving, asked, step = Listener(), [], {}, 0

    def advance() -> None:
        for at, number in leaving:
            if at == step:
                engine.cancel(number)
        listener.take(engine.step())

    for wait, which, count, num_choices, is_sampled, leaves in plan:
        for _ in range(wait):
            advance()
            step += 1
        sampling = SamplingConfig(
            max_new_tokens=count, temperature=0.9 if is_sampled else 0.0, top_p=0.9, seed=which
        )
        request = EngineRequest(tuple(prompts[which]), sampling, num_choices)
        number = engine.submit(request)
        asked[number] = request
        if leaves is not None:
            leaving.append((step + leaves, number))
    while engine.has_work:
        advance()
        step += 1
    for number, request in asked.items():
        expected = ask(alone, request.prompt_ids, request.sampling, num_choices=request.num_choices)
        for place, told in expected.items():
            found = listener.choices[number, place]
            if found.reason == "cancelled":
                assert found.ids == told.ids[: len(found.ids)]
            else:
                assert (found.ids, found.reason) == (told.ids, told.reason)
    assert_nothing_is_left(engine)


@pytest.mark.parametrize("shape", ["qwen3", "relative", "windowed alibi"])
def test_a_prompt_in_chunks_is_scored_as_a_whole_one(model_of: Any, shape: str) -> None:
    prompt = prompts_of(3, 1, 60)[0] * 2
    prompt = prompt[:50]
    found = []
    for chunk_tokens in (1, 7, 50):
        engine = engine_of(
            model_of(shape),
            None,
            EngineConfig(kernels="torch", num_slots=2, chunk_tokens=chunk_tokens),
        )
        listener = Listener()
        number = engine.submit(EngineRequest(tuple(prompt), greedy(0), scores_prompt=True))
        listener.drain(engine)
        assert listener.choices[number, 0].reason == "length"
        event = listener.prompts[number]
        assert [token.id for token in event.tokens] == prompt
        found.append([token.log_prob for token in event.tokens[1:]])
        assert event.tokens[0].log_prob is None
    for other in found[1:]:
        assert other == pytest.approx(found[0], abs=1e-5)


@pytest.mark.parametrize("shape", ["qwen3", "gpt2", "lstm"])
def test_log_probabilities_are_those_of_the_scorer(model_of: Any, shape: str) -> None:
    model = model_of(shape)
    prompt = prompts_of(5, 1)[0]
    engine = engine_of(model, None, EngineConfig(kernels="torch", num_slots=2, chunk_tokens=16))
    listener = Listener()
    sampling = SamplingConfig(max_new_tokens=9, temperature=1.3, top_k=5, seed=1, min_p=0.01)
    number = engine.submit(
        EngineRequest(tuple(prompt), sampling, num_alternatives=4, scores_prompt=True)
    )
    listener.drain(engine)
    told = listener.choices[number, 0]
    scored = [*listener.prompts[number].tokens, *told.tokens]
    text = torch.tensor([token.id for token in scored]).numpy()
    (expected,) = CausalScorer(model, eot_id=0).score([text])
    assert [token.log_prob for token in scored[1:]] == pytest.approx(
        expected.log_probs[:-1].tolist(), abs=2e-5
    )
    with torch.no_grad():
        whole = model(tokens=torch.from_numpy(text)[None]).logits[0].log_softmax(-1)
    for place, token in enumerate(told.tokens, start=len(prompt) - 1):
        best = whole[place].topk(4)
        assert [id for id, _ in token.alternatives] == best.indices.tolist()
        assert [p for _, p in token.alternatives] == pytest.approx(best.values.tolist(), abs=2e-5)


@pytest.mark.parametrize("shape", DECODERS)
def test_a_beginning_that_a_slot_holds_is_not_read_again(model_of: Any, shape: str) -> None:
    model = model_of(shape)
    engine = engine_of(model, None, EngineConfig(kernels="torch", num_slots=3))
    begin = prompts_of(11, 1)[0] + [1] * 20
    listener = Listener()
    first = engine.submit(EngineRequest((*begin, 7), greedy(12)))
    for _ in range(3):
        listener.take(engine.step())
    prompts = [[*begin, 8, 8], [*begin[:25], 3], begin]
    numbers = [engine.submit(EngineRequest(tuple(prompt), greedy(9))) for prompt in prompts]
    listener.drain(engine)  # from a slot that is written in, and from free ones
    for number, prompt in zip(numbers, prompts, strict=True):
        assert listener.choices[number, 0].ids == written_plainly(model, prompt, 9)
    reused = [listener.prompts[number].num_reused for number in numbers]
    assert reused == [len(begin), 25, len(begin) - 1]
    assert listener.choices[first, 0].ids == written_plainly(model, [*begin, 7], 12)
    assert engine.counts.reused_tokens == sum(reused)


def test_choices_share_the_prompt_and_have_draws_of_their_own(model_of: Any) -> None:
    engine = engine_of(
        model_of("qwen3"), None, EngineConfig(kernels="torch", num_slots=3, chunk_tokens=10)
    )
    prompt = [(3 * place) % 64 for place in range(41)]
    sampling = SamplingConfig(max_new_tokens=8, temperature=1.0, seed=4)
    choices = ask(engine, prompt, sampling, num_choices=5)
    assert len({tuple(told.ids) for told in choices.values()}) == 5
    assert engine.counts.reused_tokens == 4 * 40, "four of five copied all but the last token"
    again = ask(engine, prompt, sampling, num_choices=2)
    assert [again[place].ids for place in (0, 1)] == [choices[place].ids for place in (0, 1)]
    other = ask(engine, prompt, sampling.model_copy(update={"seed": 5}))
    assert other[0].ids != choices[0].ids


def test_prompts_that_begin_alike_and_come_together_are_read_once(model_of: Any) -> None:
    engine = engine_of(
        model_of("qwen3"), None, EngineConfig(kernels="torch", num_slots=8, chunk_tokens=16)
    )
    begin = tuple((5 * place) % 64 for place in range(45))
    listener = Listener()
    for last in range(8):
        engine.submit(EngineRequest((*begin, last), greedy(4)))
    listener.drain(engine)
    assert engine.counts.reused_tokens == 7 * 45
    for number, last in enumerate(range(8), start=1):
        expected = written_plainly(model_of("qwen3"), [*begin, last], 4)
        assert listener.choices[number, 0].ids == expected


def test_a_cancelled_request_frees_its_slot_before_the_next_step(model_of: Any) -> None:
    engine = engine_of(
        model_of("qwen3"), None, EngineConfig(kernels="torch", num_slots=1, chunk_tokens=4)
    )
    listener = Listener()
    running = engine.submit(EngineRequest((1, 2, 3), greedy(40)))
    waiting = engine.submit(EngineRequest((4, 5), greedy(3)))
    never = engine.submit(EngineRequest((4, 5), greedy(3)))
    listener.take(engine.step())
    assert engine.counts.num_running == 1 and engine.counts.num_waiting == 2
    engine.cancel(running)
    engine.cancel(never)
    assert engine.counts.cache_tokens_used == 0
    listener.take(engine.step())
    assert listener.choices[running, 0].reason == "cancelled"
    assert listener.choices[never, 0].reason == "cancelled"
    assert listener.choices[waiting, 0].ids, "the next one was read in the same step"
    engine.cancel(running)  # has ended already
    listener.drain(engine)
    assert engine.counts.finished == {"cancelled": 2, "length": 1}


def test_no_slot_leaks_over_a_thousand_requests(model_of: Any) -> None:
    engine = engine_of(
        model_of("window"), None, EngineConfig(kernels="torch", num_slots=5, chunk_tokens=9)
    )
    draw, listener, open_numbers = random.Random(0), Listener(), []
    prompts = prompts_of(2, 12, 20)
    for _ in range(1000):
        sampling = SamplingConfig(max_new_tokens=draw.randint(0, 3), temperature=1.0)
        open_numbers.append(
            engine.submit(EngineRequest(tuple(draw.choice(prompts)), sampling, draw.randint(1, 2)))
        )
        if draw.random() < 0.2:
            engine.cancel(draw.choice(open_numbers))
        if draw.random() < 0.7:
            listener.take(engine.step())
    listener.drain(engine)
    assert_nothing_is_left(engine)
    assert {number for number, _ in listener.choices} == set(open_numbers)
    assert sum(engine.counts.finished.values()) == len(listener.choices)


def test_nobody_is_overtaken_by_later_requests(model_of: Any) -> None:
    engine = engine_of(
        model_of("qwen3"), None, EngineConfig(kernels="torch", num_slots=2, chunk_tokens=8)
    )
    order = []
    for length in (40, 3, 30, 2, 2, 50):
        engine.submit(EngineRequest(tuple(range(length)), greedy(2)))
    while engine.has_work:
        for event in engine.step():
            if isinstance(event, PromptEvent):
                order.append(event.request)
    # The short second one is read beside the long first one; then each in its turn.
    assert order.index(3) < order.index(4) < order.index(5) or order.index(3) < order.index(5)
    assert order[-1] == 6


def test_writing_goes_on_while_a_long_prompt_is_read(model_of: Any) -> None:
    engine = engine_of(
        model_of("qwen3"), None, EngineConfig(kernels="torch", num_slots=2, chunk_tokens=4)
    )
    writer = engine.submit(EngineRequest((1, 2), greedy(30)))
    engine.step()
    reader = engine.submit(EngineRequest(tuple(range(40)), greedy(1)))
    steps = 0
    while True:
        events = engine.step()
        steps += 1
        assert any(isinstance(e, ChoiceEvent) and e.request == writer for e in events)
        if any(isinstance(e, PromptEvent) and e.request == reader for e in events):
            break
    assert steps == 10, "four tokens of forty in a step"


def test_a_text_that_fills_its_slot_ends_there(model_of: Any) -> None:
    engine = engine_of(
        model_of("qwen3"), None, EngineConfig(kernels="torch", num_slots=2, slot_tokens=20)
    )
    (told,) = ask(engine, range(15), greedy(50)).values()
    assert (told.reason, len(told.ids)) == ("length", 6), "the last token needs no position"
    assert told.ids == written_plainly(model_of("qwen3"), list(range(15)), 6)
    with pytest.raises(ConfigError, match="21 tokens, and there is room for 20"):
        engine.submit(EngineRequest(tuple(range(21)), greedy(1)))


def test_with_forgetting_a_text_goes_on_beside_others(model_of: Any) -> None:
    settings = {"slot_tokens": 16, "when_full": "forget", "chunk_tokens": 5}
    engine = engine_of(
        model_of("gpt2"), None, EngineConfig(kernels="torch", num_slots=3, **settings)
    )
    alone = engine_of(
        model_of("gpt2"), None, EngineConfig(kernels="torch", num_slots=1, **settings)
    )
    prompts = [list(range(30)), [1, 2, 3], [5] * 16]
    listener = Listener()
    for prompt in prompts:
        engine.submit(EngineRequest(tuple(prompt), greedy(45)))
    listener.drain(engine)
    for number, prompt in enumerate(prompts, start=1):
        found = listener.choices[number, 0]
        (expected,) = ask(alone, prompt, greedy(45)).values()
        assert (found.ids, found.num_forgotten) == (expected.ids, expected.num_forgotten)
        assert found.num_forgotten > 0 and len(found.ids) == 45


def test_scores_that_are_no_numbers_end_only_their_request(model_of: Any) -> None:
    model = model_of("qwen3")
    engine = engine_of(model, None, EngineConfig(kernels="torch", num_slots=3))
    run = engine._runner.run

    def broken(work: Any) -> torch.Tensor:
        scores, place = run(work).clone(), 0
        for item in work:
            place += item.num_scored
            if item.slot == victim and item.num_scored:
                scores[place - 1, 3] = float("nan")
        return scores

    listener = Listener()
    good = engine.submit(EngineRequest((1, 2), greedy(6)))
    bad = engine.submit(EngineRequest((3, 4), greedy(6)))
    listener.take(engine.step())
    victim = next(c.slot for c in engine._running if c.number[0] == bad)
    with mock.patch.object(engine._runner, "run", broken):
        listener.drain(engine)
    assert listener.choices[bad, 0].reason == "error"
    assert "not numbers" in str(listener.choices[bad, 0].failure)
    assert listener.choices[good, 0].ids == written_plainly(model, [1, 2], 6)
    assert_nothing_is_left(engine)


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"prompt_ids": ()}, ConfigError, "no tokens"),
        ({"prompt_ids": (3, 64)}, DataError, "id 64, and the model has 64"),
        ({"prompt_ids": (3, -1)}, DataError, "negative"),
        ({"sampling": greedy(1, logit_bias={64: 1.0})}, ConfigError, "token 64"),
    ],
)
def test_what_cannot_be_done_is_refused_at_once(
    model_of: Any, fields: Any, error: Any, words: str
) -> None:
    engine = engine_of(model_of("qwen3"), None, EngineConfig(kernels="torch", num_slots=1))
    request = EngineRequest(**{"prompt_ids": (1,), "sampling": greedy(1), **fields})
    with pytest.raises(error, match=words):
        engine.submit(request)
    assert not engine.has_work


def test_numbers_that_a_failed_text_left_behind_reach_nobody(make_model: Any) -> None:
    model = make_model("qwen3", max_seq_len=32, tie_embeddings=False)
    with torch.no_grad():
        model.embed.weight[60] = float("nan")
    engine = engine_of(model, None, EngineConfig(kernels="torch", num_slots=2))
    assert ask(engine, [5, 60, *range(20)], greedy(4))[0].reason == "error"
    listener, prompts = Listener(), [[5], [7, 8, 9]]
    for prompt in prompts:
        engine.submit(EngineRequest(tuple(prompt), greedy(8, logit_bias={60: -1e9})))
    listener.drain(engine)
    assert {told.reason for told in listener.choices.values()} == {"length"}
    assert engine.counts.reused_tokens == 0, "nothing of a failed text is used again"


# With text


@pytest.fixture(scope="module")
def text_engine(make_model: Any, tokenizer: Tokenizer) -> Engine:
    model = make_model("qwen3", tokenizer.vocab_size, max_seq_len=96)
    return engine_of(model, tokenizer, EngineConfig(kernels="torch", num_slots=4))


@pytest.mark.parametrize("prompt", ["The river", "白日依山", "😀👩‍🔬"])
def test_the_text_of_a_choice_is_what_generation_writes(
    text_engine: Engine, tokenizer: Tokenizer, prompt: str
) -> None:
    model = text_engine._runner._model  # type: ignore[attr-defined]
    sampling = SamplingConfig(max_new_tokens=40, temperature=1.1, seed=3, top_p=0.95)
    ids = [tokenizer.bos_id, *tokenizer.encode(prompt)]
    choices = ask(text_engine, ids, sampling, num_choices=3)
    assert choices[0].text == generate_text(model, tokenizer, prompt, sampling)
    for told in choices.values():
        assert told.text == tokenizer.decode(told.ids)


def test_a_stop_string_split_over_tokens_ends_the_text_before_it(
    text_engine: Engine, tokenizer: Tokenizer
) -> None:
    ids = [tokenizer.bos_id, *tokenizer.encode("黄河")]
    sampling = SamplingConfig(max_new_tokens=60, temperature=1.0, seed=2)
    whole = ask(text_engine, ids, sampling)[0].text
    for begin in range(3, len(whole) - 4, 5):
        stop = whole[begin : begin + 3]
        told = ask(text_engine, ids, sampling.model_copy(update={"stop": [stop]}))[0]
        assert told.text == whole[: whole.find(stop)]
        assert told.reason == "stop"


def test_stop_ids_and_the_end_of_text_end_a_choice_unless_it_ignores_the_end(
    text_engine: Engine, tokenizer: Tokenizer
) -> None:
    ids = [tokenizer.bos_id, *tokenizer.encode("sea")]
    ends = greedy(5, logit_bias={tokenizer.eos_id: 1000.0})
    told = ask(text_engine, ids, ends)[0]
    assert (told.ids, told.reason) == ([], "stop")
    told = ask(text_engine, ids, ends, ignores_end=True)[0]
    assert (told.ids, told.reason, told.text) == ([tokenizer.eos_id] * 5, "length", "")
    plain = ask(text_engine, ids, greedy(9))[0].ids
    told = ask(text_engine, ids, greedy(9), stop_ids=frozenset({plain[4]}))[0]
    assert (told.ids, told.reason) == (plain[: plain.index(plain[4])], "stop")
