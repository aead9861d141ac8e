"""Texts and ids are continued; what is told of their tokens is what the model finds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.serving.learned_model import TEXTS
from tests.serving.running import RunningServer

from yanmo.checkpoint.model_folder import load_model
from yanmo.tokens.tokenizer import Tokenizer

RIVER, RUNS = "The river", " runs to the sea, and the sea is never full."


def ask(server: RunningServer, prompt: Any, **settings: Any) -> Any:
    settings = {"temperature": 0, "max_tokens": 40, **settings}
    return server.openai.completions.create(model="ink", prompt=prompt, **settings)


def test_a_text_ids_and_lists_of_both_are_the_same_prompts(
    server: RunningServer, learned: Path
) -> None:
    tokenizer = Tokenizer.load(learned)
    ids = [tokenizer.bos_id, *tokenizer.encode(RIVER)]
    poem = [tokenizer.bos_id, *tokenizer.encode("白日依山尽，")]
    for prompt in (RIVER, ids, [RIVER], [ids]):
        (choice,) = ask(server, prompt).choices
        assert choice.text == RUNS
        assert choice.finish_reason == "stop"
    for two in ([RIVER, "白日依山尽，"], [ids, poem]):
        texts = [choice.text for choice in ask(server, two).choices]
        assert texts == [RUNS, "黄河入海流。欲穷千里目，更上一层楼。"]


def test_without_a_beginning_the_prompt_is_read_as_it_is(server: RunningServer) -> None:
    body = {"prompt": RIVER, "add_special_tokens": False, "max_tokens": 1}
    alone = server.post("/v1/completions", body).json()["usage"]["prompt_tokens"]
    whole = server.post("/v1/completions", {**body, "add_special_tokens": True}).json()["usage"]
    assert whole["prompt_tokens"] == alone + 1


def test_sixteen_tokens_are_written_unless_told(server: RunningServer) -> None:
    found = server.post("/v1/completions", {"prompt": "研墨", "temperature": 0}).json()
    assert found["usage"]["completion_tokens"] == 16
    assert found["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize("text", TEXTS)
def test_streams_join_to_the_whole(server: RunningServer, text: str) -> None:
    prompts = [text[:4], text[:7]]
    whole = ask(server, prompts, max_tokens=60, n=2)
    texts = [""] * 4
    reasons: list[Any] = [None] * 4
    for chunk in ask(server, prompts, max_tokens=60, n=2, stream=True):
        (choice,) = chunk.choices
        texts[choice.index] += choice.text
        reasons[choice.index] = choice.finish_reason
    assert texts == [choice.text for choice in whole.choices]
    assert reasons == [choice.finish_reason for choice in whole.choices]


def test_echo_puts_the_prompt_first_and_scores_it_as_the_model_does(
    server: RunningServer, learned: Path
) -> None:
    tokenizer, model = Tokenizer.load(learned), load_model(learned)
    ids = [tokenizer.bos_id, *tokenizer.encode(TEXTS[1])]
    with torch.inference_mode():
        log_probs = model(tokens=torch.tensor([ids])).logits[0, :-1].log_softmax(-1)  # (T, V)
    expected = [float(log_probs[place, id]) for place, id in enumerate(ids[1:])]
    for streamed in (False, True):
        told = [
            chunk.choices[0]
            for chunk in (
                ask(server, ids, echo=True, logprobs=2, max_tokens=1, stream=True)
                if streamed
                else [ask(server, ids, echo=True, logprobs=2, max_tokens=1)]
            )
        ]
        found = [value for one in told for value in one.logprobs.token_logprobs]
        tops = [top for one in told for top in one.logprobs.top_logprobs]
        assert found[0] is None
        assert tops[0] is None
        assert found[1 : len(ids)] == pytest.approx(expected, abs=1e-4)
        assert len(found) == len(ids) + 1, "the token behind the text is told, though it ends it"
        for value, top in zip(found[1:], tops[1:], strict=True):
            assert max(top.values()) >= value
            assert any(math.isclose(value, one, abs_tol=1e-9) for one in top.values())
        assert told[-1].finish_reason == "stop"
        assert "".join(one.text for one in told).endswith(TEXTS[1])


def test_a_prompt_can_be_scored_and_nothing_written(server: RunningServer) -> None:
    (choice,) = ask(server, RIVER, echo=True, logprobs=0, max_tokens=0).choices
    assert choice.text == RIVER
    assert choice.logprobs.tokens == ["<|endoftext|>", "The", " river"]
    assert choice.logprobs.text_offset == [0, 0, 3]
    assert choice.finish_reason == "length"


def test_penalties_and_a_bias_change_what_is_written(server: RunningServer) -> None:
    plain = ask(server, RIVER).choices[0].text
    for settings in ({"frequency_penalty": 2.0}, {"presence_penalty": 2.0}):
        assert ask(server, RIVER, max_tokens=60, **settings).choices[0].text
    forbidden = server.post("/tokenize", {"prompt": " runs", "add_special_tokens": False}).json()
    bias = {str(id): -100 for id in forbidden["tokens"]}
    assert ask(server, RIVER, logit_bias=bias).choices[0].text != plain
    extra = {"repetition_penalty": 5.0, "min_p": 0.1, "top_k": 3}
    assert ask(server, RIVER, extra_body=extra, temperature=1, seed=1).choices[0].text


def test_the_end_of_a_text_can_be_passed_over(server: RunningServer) -> None:
    found = ask(server, RIVER, max_tokens=50, extra_body={"ignore_eos": True})
    assert found.choices[0].finish_reason == "length"
    assert found.usage.completion_tokens == 50


@pytest.mark.parametrize(
    ("settings", "param", "says"),
    [
        ({"prompt": []}, "prompt", "no prompt"),
        ({"prompt": ""}, None, None),
        ({"prompt": [[]]}, None, "no tokens"),
        ({"prompt": [1, 99999]}, None, "99999"),
        ({"prompt": [1, -1]}, "prompt.0", "prompt.1 = -1"),
        ({"prompt": {"a": 1}}, "prompt", "prompt"),
        ({"prompt": "a", "best_of": 3}, "best_of", "must be n"),
        ({"prompt": "a", "suffix": "b"}, "suffix", "suffix"),
        ({"prompt": "a", "num_beams": 4}, "num_beams", "only encoder-decoders"),
        ({"prompt": ["a"] * 100, "n": 2}, "prompt", "more than 128"),
        ({"prompt": "a " * 400}, "prompt", "reads 160"),
        ({"prompt": "a", "max_tokens": 400}, "prompt", "room for 160"),
        ({"prompt": "a", "model": "other"}, "model", "not served"),
    ],
)
def test_what_cannot_be_is_refused(
    server: RunningServer, settings: dict[str, Any], param: str | None, says: str | None
) -> None:
    found = server.post("/v1/completions", settings)
    if says is None:
        assert found.status_code == 200
        return
    assert found.status_code == (404 if param == "model" else 400)
    error = found.json()["error"]
    assert says in error["message"]
    if param is not None:
        assert error["param"] == param
