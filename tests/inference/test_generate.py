"""Generation: the cache changes nothing, the context may run out, and streams are cut cleanly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inference.outside_models import save_gpt2

from yanmo.checkpoint.model_folder import load_model
from yanmo.core.errors import ConfigError, DataError
from yanmo.inference import generate
from yanmo.inference.config import SamplingConfig
from yanmo.inference.generate import (
    GeneratedToken,
    generate_text,
    generate_tokens,
    prompt_ids_of,
    stream_text,
)
from yanmo.models.decoder import Decoder
from yanmo.tokens.text_codec import load_codec
from yanmo.tokens.tokenizer import Tokenizer

FAMILIES = ("qwen3", "gpt2")
PROMPT = [3, 1, 4, 1, 5]


def greedy(count: int) -> SamplingConfig:
    return SamplingConfig(max_new_tokens=count, temperature=0.0)


def without_a_cache(
    model: Decoder, prompt: Sequence[int], count: int
) -> list[tuple[int, float, int]]:
    """Greedy tokens, their log-probabilities and how much of the text lay outside the window, each
    from a forward pass over the whole window."""
    limit = model.config.max_seq_len
    history, window = list(prompt), list(prompt)[-limit:]
    found = []
    for _ in range(count):
        if len(window) > limit:
            window = history[-(limit // 2) :]
        with torch.no_grad():
            log_probs = model(tokens=torch.tensor([window])).logits[0, -1].log_softmax(0)
        token = int(log_probs.argmax())
        found.append((token, float(log_probs[token]), len(history) - len(window)))
        history.append(token)
        window.append(token)
    return found


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("length", [1, 5, 15, 16, 17, 40])
def test_cached_decoding_equals_full_forward_also_past_the_context(
    make_model: Any, family: str, length: int
) -> None:
    model = make_model(family)
    prompt = [(7 * n + 3) % 64 for n in range(length)]
    found = list(generate_tokens(model, prompt, greedy(45)))
    expected = without_a_cache(model, prompt, 45)
    assert [token.id for token in found] == [token for token, _, _ in expected]
    num_outside = 0
    for token, (_, log_prob, expected_outside) in zip(found, expected, strict=True):
        assert token.log_prob == pytest.approx(log_prob, abs=1e-5)
        num_outside += token.num_forgotten
        assert num_outside == expected_outside


@pytest.mark.parametrize("weights", ["float32", "int8"])
def test_weights_in_another_form_write_on_past_the_context(make_model: Any, weights: Any) -> None:
    expected = without_a_cache(make_model("qwen3"), PROMPT, 45)
    found = list(generate_tokens(make_model("qwen3"), PROMPT, greedy(45), weights=weights))
    assert len(found) == 45 and any(token.num_forgotten for token in found)
    if weights == "float32":
        assert [token.id for token in found] == [token for token, _, _ in expected]
    else:
        assert found[0].log_prob == pytest.approx(expected[0][1], abs=0.2)


@pytest.mark.parametrize("max_seq_len", [8, 9, 11])
def test_a_context_of_any_length_may_run_out(make_model: Any, max_seq_len: int) -> None:
    model = make_model("gpt2", max_seq_len=max_seq_len)
    found = [token.id for token in generate_tokens(model, PROMPT, greedy(50))]
    assert found == [token for token, _, _ in without_a_cache(model, PROMPT, 50)]


def test_the_cache_is_no_larger_than_the_text(make_model: Any) -> None:
    model = make_model("qwen3", max_seq_len=4096)
    with mock.patch.object(model, "build_slot_cache", wraps=model.build_slot_cache) as build:
        assert len(list(generate_tokens(model, PROMPT, greedy(10)))) == 10
    build.assert_called_once_with(1, 15)


def test_a_stop_id_ends_the_text_and_is_not_part_of_it(make_model: Any) -> None:
    model = make_model("qwen3")
    ids = [token.id for token in generate_tokens(model, PROMPT, greedy(30))]
    stop = ids[7]
    first = ids.index(stop)
    stopped = [token.id for token in generate_tokens(model, PROMPT, greedy(30), stop_ids={stop})]
    assert stopped == ids[:first]


def test_rows_that_pad_the_vocabulary_are_never_drawn(make_model: Any) -> None:
    model = make_model("qwen3", tie_embeddings=False)
    with torch.no_grad():
        model.lm_head.weight[50:] *= 100.0
    ids = {token.id for token in generate_tokens(model, PROMPT, greedy(20))}
    assert max(ids) >= 50
    sampled = SamplingConfig(max_new_tokens=40, temperature=2.0, seed=0)
    for config in (greedy(20), sampled):
        ids = {token.id for token in generate_tokens(model, PROMPT, config, vocab_size=50)}
        assert max(ids) < 50


def test_an_empty_prompt_of_ids_is_refused(make_model: Any) -> None:
    with pytest.raises(ConfigError):
        next(generate_tokens(make_model("qwen3"), [], greedy(1)))


@pytest.mark.parametrize("prompt", ["", "The river", "白日依山", "😀👩‍🔬"])
def test_a_seed_fixes_the_text(make_model: Any, tokenizer: Tokenizer, prompt: str) -> None:
    model = make_model("qwen3", tokenizer.vocab_size)
    texts = [
        generate_text(model, tokenizer, prompt, max_new_tokens=40, temperature=1.5, seed=seed)
        for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]


def test_without_a_seed_every_call_differs(make_model: Any, tokenizer: Tokenizer) -> None:
    model = make_model("qwen3", tokenizer.vocab_size)
    settings = {"max_new_tokens": 40, "temperature": 1.5}
    texts = {generate_text(model, tokenizer, "白日", **settings) for _ in range(3)}
    assert len(texts) == 3


def test_settings_by_name_override_the_configuration(make_model: Any, tokenizer: Tokenizer) -> None:
    model = make_model("qwen3", tokenizer.vocab_size)
    config = SamplingConfig(max_new_tokens=30, temperature=1.0, seed=5)
    by_name = generate_text(model, tokenizer, "海", config, temperature=0.0, max_new_tokens=9)
    assert by_name == generate_text(model, tokenizer, "海", greedy(9))
    assert generate_text(model, tokenizer, "海", config) != by_name


def test_the_text_goes_on_from_the_end_of_text_token_and_the_prompt(
    make_model: Any, tokenizer: Tokenizer
) -> None:
    model = make_model("qwen3", tokenizer.vocab_size, max_seq_len=64)
    prompt_ids = [tokenizer.bos_id, *tokenizer.encode("更上一层")]
    tokens = generate_tokens(
        model,
        prompt_ids,
        greedy(20),
        stop_ids={tokenizer.eos_id},
        vocab_size=tokenizer.vocab_size,
    )
    expected = tokenizer.decode([token.id for token in tokens])
    assert "".join(stream_text(model, tokenizer, "更上一层", greedy(20))) == expected


def test_a_tokenizer_that_begins_with_nothing_still_begins(tmp_path: Path) -> None:
    save_gpt2(tmp_path)
    model, codec = load_model(tmp_path), load_codec(tmp_path)
    assert prompt_ids_of(codec, "") == [codec.bos_id]
    assert prompt_ids_of(codec, "sea") == codec.encode("sea")
    text = generate_text(model, codec, "", max_new_tokens=5, temperature=0.0)
    tokens = generate_tokens(model, [codec.vocab_size - 1], greedy(5), stop_ids=codec.eos_ids)
    assert text == codec.decode([token.id for token in tokens])


def test_a_prompt_with_ids_that_the_model_does_not_have_is_an_error(make_model: Any) -> None:
    with pytest.raises(DataError, match="id 64, and the model has 64"):
        next(generate_tokens(make_model("qwen3"), [3, 64], greedy(1)))


def test_nothing_of_generation_is_kept_for_gradients(make_model: Any) -> None:
    model = make_model("qwen3")
    list(generate_tokens(model, PROMPT, greedy(3)))
    assert all(parameter.grad is None for parameter in model.parameters())
    model(tokens=torch.tensor([PROMPT])).logits.sum().backward()  # and training can go on


def stream_of(tokenizer: Tokenizer, ids: Sequence[int], stop: list[str]) -> list[str]:
    """The pieces that are streamed when the model writes `ids`."""

    def written(*_args: object, **_kwargs: object) -> Iterator[GeneratedToken]:
        return (GeneratedToken(token, 0.0, 0) for token in ids)

    with mock.patch.object(generate, "generate_tokens", written):
        config = SamplingConfig(stop=stop)
        return list(stream_text(mock.Mock(), tokenizer, "", config))


def cut(text: str, stop: Sequence[str]) -> str:
    places = [text.find(word) for word in stop if word and word in text]
    return text[: min(places, default=len(text))]


@pytest.fixture(scope="module")
def id_of_byte(tokenizer: Tokenizer) -> dict[int, int]:
    """The id of every single byte."""
    pieces = {tokenizer.token_bytes(id): id for id in range(tokenizer.vocab_size)}
    return {byte: pieces[bytes([byte])] for byte in range(256)}


characters = st.sampled_from("ab 白日海😀🔬\n")
words = st.text(characters, max_size=4)


@settings(max_examples=200)
@given(st.text(characters, max_size=25), st.lists(words, max_size=4), st.data())
def test_the_stream_is_the_full_text_cut_at_the_first_stop_string(
    tokenizer: Tokenizer,
    id_of_byte: dict[int, int],
    text: str,
    stop: list[str],
    data: st.DataObject,
) -> None:
    ids: list[int] = []
    rest = text
    while rest:  # any mixture of merged tokens and single bytes
        size = data.draw(st.integers(1, len(rest)))
        part, rest = rest[:size], rest[size:]
        if data.draw(st.booleans()):
            ids += tokenizer.encode(part)
        else:
            ids += [id_of_byte[byte] for byte in part.encode()]
    pieces = stream_of(tokenizer, ids, stop)
    assert "".join(pieces) == cut(text, stop)
    assert all(pieces), "a piece is never empty"
    assert "\ufffd" not in "".join(pieces)


@given(st.lists(st.integers(0, 255), max_size=30), st.lists(words, max_size=3))
def test_bytes_that_are_no_text_are_streamed_as_they_are_decoded(
    tokenizer: Tokenizer, id_of_byte: dict[int, int], content: list[int], stop: list[str]
) -> None:
    ids = [id_of_byte[byte] for byte in content]
    assert "".join(stream_of(tokenizer, ids, stop)) == cut(tokenizer.decode(ids), stop)


def test_a_short_stop_string_inside_a_longer_one_does_not_depend_on_the_pieces(
    tokenizer: Tokenizer, id_of_byte: dict[int, int]
) -> None:
    def pieces(text: str) -> list[str]:
        return stream_of(tokenizer, [id_of_byte[b] for b in text.encode()], ["海流。", "流"])

    assert "".join(pieces("黄河入海流。欲穷")) == "黄河入"
    assert "".join(pieces("黄河入海流，欲穷")) == "黄河入海"
    assert "".join(pieces("黄河入海流")) == "黄河入海"


def test_text_is_streamed_as_soon_as_it_is_certain(
    tokenizer: Tokenizer, id_of_byte: dict[int, int]
) -> None:
    ids = [id_of_byte[byte] for byte in "白日\n\n依".encode()]
    assert stream_of(tokenizer, ids, []) == ["白", "日", "\n", "\n", "依"]
    assert stream_of(tokenizer, ids, ["\n\n\n"]) == ["白", "日", "\n\n依"]
    assert stream_of(tokenizer, ids, ["\n\n"]) == ["白", "日"]


def test_a_stop_string_ends_the_work_of_the_model(make_model: Any, tokenizer: Tokenizer) -> None:
    model = make_model("qwen3", tokenizer.vocab_size, max_seq_len=64)
    whole = generate_text(model, tokenizer, "The", max_new_tokens=60, temperature=0.0)
    stop = whole[10:12]
    with mock.patch.object(model, "forward", wraps=model.forward) as forward:
        text = generate_text(
            model, tokenizer, "The", max_new_tokens=60, temperature=0.0, stop=[stop]
        )
    assert text == whole[: whole.find(stop)]
    assert forward.call_count < 60
