"""Opening an engine: which runner computes, that it is told, and that all of them agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
from tests.inference.engine.driving import Listener, ask, greedy, written_plainly

from yanmo.checkpoint.model_folder import write_model_files
from yanmo.core.errors import ConfigError
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.open import engine_of, open_engine
from yanmo.inference.engine.request import EngineRequest
from yanmo.inference.native.unsupported import Unsupported
from yanmo.tokens.tokenizer import Tokenizer


@pytest.fixture
def folder(make_model: Any, tokenizer: Tokenizer, tmp_path: Path) -> Path:
    model = make_model("qwen3", tokenizer.vocab_size, max_seq_len=64)
    write_model_files(model, tmp_path, {}, torch.float32)
    tokenizer.save(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("family", "fields"),
    [("qwen3", {}), ("qwen3", {"sliding_window": 6}), ("gpt2", {}), ("llama", {})],
)
def test_kernels_in_c_write_what_torch_writes(
    make_model: Any, family: str, fields: dict[str, Any]
) -> None:
    model = make_model(family, max_seq_len=64, **fields)
    config = EngineConfig(num_slots=3, chunk_tokens=9, weights="float32", num_threads=1)
    engine, listener = engine_of(model, None, config), Listener()
    if "kernels in C" not in engine.about:
        pytest.skip(engine.about)
    prompts = [[1, 2, 3] * 9, [5], [7, 7, 8], [1, 2, 3] * 8 + [4]]
    for prompt in prompts:
        engine.submit(EngineRequest(tuple(prompt), greedy(15), num_alternatives=0))
    listener.drain(engine)
    for number, prompt in enumerate(prompts, start=1):
        told = listener.choices[number, 0]
        assert told.ids == written_plainly(model, prompt, 15)
    assert engine.counts.reused_tokens >= 23


def test_it_is_told_who_computes_and_why(folder: Path) -> None:
    by_torch = open_engine(folder, EngineConfig(num_slots=1, kernels="torch"), "cpu")
    assert by_torch.about == "torch, weights in float32 (torch was asked for)"
    with mock.patch(
        "yanmo.inference.native.build.build_native_runner", return_value=Unsupported("no compiler")
    ):
        instead = open_engine(folder, EngineConfig(num_slots=1), "cpu")
        assert instead.about == "torch, weights in float32 (no compiler)"
        with pytest.raises(ConfigError, match=r"cannot be used \(no compiler\)"):
            open_engine(folder, EngineConfig(num_slots=1, kernels="native"), "cpu")


@pytest.mark.parametrize("weights", ["float32", "bfloat16", "int8", "int4"])
def test_weights_of_fewer_bits_still_write(folder: Path, weights: Any) -> None:
    config = EngineConfig(num_slots=2, kernels="torch", weights=weights)
    engine = open_engine(folder, config, "cpu")
    assert weights in engine.about
    told = ask(engine, [1, 5, 9], greedy(10))[0]
    assert len(told.ids) == 10 or told.reason == "stop"


def test_settings_that_do_not_fit_the_model_are_refused(make_model: Any, folder: Path) -> None:
    with pytest.raises(ConfigError, match="slot_tokens = 65, and the model has 64"):
        open_engine(folder, EngineConfig(slot_tokens=65), "cpu")
    with pytest.raises(ConfigError, match="is_compiled has no effect"):
        engine_of(make_model("lstm"), None, EngineConfig(is_compiled=True))
    with pytest.raises(ConfigError, match="mixture of experts cannot be compiled"):
        engine_of(make_model("qwen3_moe"), None, EngineConfig(is_compiled=True))
    masked = make_model("bert")
    with pytest.raises(ConfigError, match="does not continue texts"):
        engine_of(masked, None, EngineConfig())
