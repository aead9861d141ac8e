"""Decoder families against `transformers`: its folders in our hands, our folders in its hands.

The models are tiny and random; nothing is downloaded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from yanmo.checkpoint.model_folder import load_model, load_model_config, save_model_folder
from yanmo.core.errors import CheckpointError
from yanmo.inference.config import SamplingConfig
from yanmo.inference.generate import generate_tokens
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.language_model import LanguageModel
from yanmo.models.presets import derive_model

transformers = pytest.importorskip("transformers")

IDS = {"bos": 0, "eos": 0, "pad": 1}
QWEN3: dict[str, Any] = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 40,
    "rms_norm_eps": 1e-5,
    "rope_theta": 50_000.0,
}
GPT2: dict[str, Any] = {
    "vocab_size": 96,
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": 40,
    "layer_norm_epsilon": 1e-4,
}
ROPE = {"rope_type": "default", "rope_theta": 50_000.0}
LLAMA = {name: value for name, value in QWEN3.items() if name != "rope_theta"}
MOE = LLAMA | {
    "moe_intermediate_size": 24,
    "num_experts": 6,
    "num_experts_per_tok": 2,
    "norm_topk_prob": True,
}
SCALINGS: dict[str, dict[str, Any]] = {
    "linear": {"rope_type": "linear", "factor": 2.5},
    "yarn": {
        "rope_type": "yarn",
        "factor": 4.0,
        "original_max_position_embeddings": 10,
        "beta_fast": 8.0,
        "beta_slow": 1.0,
    },
    "llama3": {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16,
    },
}
WINDOW = {"use_sliding_window": True, "sliding_window": 5, "num_hidden_layers": 3}
SHAPES = [
    pytest.param("qwen3", {"tie_word_embeddings": True}, id="qwen3-tied"),
    pytest.param("qwen3", {"tie_word_embeddings": False}, id="qwen3-untied"),
    pytest.param("qwen3", {"attention_bias": True}, id="qwen3-biased"),
    pytest.param("qwen3", WINDOW | {"max_window_layers": 0}, id="qwen3-window"),
    pytest.param("qwen3", WINDOW | {"max_window_layers": 2}, id="qwen3-window-from-2"),
    pytest.param("llama", {"tie_word_embeddings": False}, id="llama"),
    pytest.param("llama", {"attention_bias": True, "mlp_bias": True}, id="llama-biased"),
    *(
        pytest.param("llama", {"rope_parameters": {"rope_theta": 5e4} | rope}, id=f"llama-{name}")
        for name, rope in SCALINGS.items()
    ),
    pytest.param("qwen3_moe", {"tie_word_embeddings": True}, id="qwen3_moe"),
    pytest.param("qwen3_moe", {"norm_topk_prob": False}, id="qwen3_moe-raw-weights"),
    pytest.param("qwen3_moe", WINDOW, id="qwen3_moe-window"),
    pytest.param("qwen3_moe", WINDOW | {"max_window_layers": 2}, id="qwen3_moe-window-everywhere"),
    pytest.param("gpt2", {"tie_word_embeddings": True}, id="gpt2-tied"),
    pytest.param("gpt2", {"tie_word_embeddings": False, "n_inner": 50}, id="gpt2-untied"),
]


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def build_theirs(family: str, fields: dict[str, Any]) -> Any:
    torch.manual_seed(0)
    shapes = {"qwen3": LLAMA, "llama": LLAMA, "qwen3_moe": MOE, "gpt2": GPT2}
    given = shapes[family] | fields
    if family != "gpt2":
        given = {"rope_parameters": ROPE} | given
    name = {"qwen3": "Qwen3", "llama": "Llama", "qwen3_moe": "Qwen3Moe", "gpt2": "GPT2"}[family]
    config = getattr(transformers, f"{name}Config")(**given)
    head = "LMHeadModel" if family == "gpt2" else "ForCausalLM"
    model = getattr(transformers, f"{name}{head}")(config)
    # Away from the small initial values, so that a wrong norm, bias or angle shows.
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model.eval()


def build_ours(family: str, **fields: Any) -> LanguageModel:
    section = ModelConfig.model_validate(
        {"family": family, "depth": 2, "d_model": 32, "num_heads": 4, "max_seq_len": 40, **fields}
    )
    model = build_model(derive_model(section, 100).config, torch.device("cpu"), seed=0)
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model.eval()


def tokens() -> torch.Tensor:
    return torch.randint(96, (2, 40), generator=torch.Generator().manual_seed(2))


def assert_same_logits(ours: LanguageModel, theirs: Any) -> None:
    with torch.no_grad():
        expected = theirs(tokens()).logits
        found = ours(tokens=tokens()).logits
    assert expected.std() > 0.5, "logits that hardly differ prove nothing"
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


def hidden_states(ours: LanguageModel) -> list[torch.Tensor]:
    """What goes into our blocks, and the final states, as transformers lists them."""
    kept: list[torch.Tensor] = []
    handles = [
        block.register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
        for block in ours.get_submodule("blocks").children()
    ]
    with torch.no_grad():
        kept.append(ours(tokens=tokens()).hidden)
    for handle in handles:
        handle.remove()
    return kept


def edit_config(folder: Path, edit: Any) -> None:
    path = folder / "config.json"
    fields = json.loads(path.read_text(encoding="utf-8"))
    edit(fields)
    path.write_text(json.dumps(fields), encoding="utf-8")


@pytest.mark.parametrize(("family", "fields"), SHAPES)
@pytest.mark.parametrize("max_shard_size", ["1GB", "20KB"])
def test_their_folder_gives_their_logits(
    tmp_path: Path, family: str, fields: dict[str, Any], max_shard_size: str
) -> None:
    theirs = build_theirs(family, fields)
    theirs.save_pretrained(tmp_path, max_shard_size=max_shard_size)
    assert (tmp_path / "model.safetensors.index.json").exists() == (max_shard_size == "20KB")
    assert_same_logits(load_model(tmp_path), theirs)


@pytest.mark.parametrize(("family", "fields"), SHAPES)
def test_every_layer_gives_their_hidden_states(
    tmp_path: Path, family: str, fields: dict[str, Any]
) -> None:
    theirs = build_theirs(family, fields)
    theirs.save_pretrained(tmp_path)
    with torch.no_grad():
        expected = theirs(tokens(), output_hidden_states=True).hidden_states
    found = hidden_states(load_model(tmp_path))
    assert len(found) == len(expected)
    for ours, other in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, other, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("family", "fields"), SHAPES)
def test_a_folder_goes_through_our_hands_unchanged(
    tmp_path: Path, family: str, fields: dict[str, Any]
) -> None:
    theirs = build_theirs(family, fields)
    theirs.save_pretrained(tmp_path / "theirs")
    ours = load_model(tmp_path / "theirs")
    save_model_folder(
        ours,
        tmp_path / "ours",
        save_tokenizer=None,
        special_ids=IDS,
        max_shard_bytes=30_000,
    )
    assert (tmp_path / "ours" / "model.safetensors.index.json").exists()
    again = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "ours").eval()
    assert type(again) is type(theirs)
    assert_same_logits(ours, again)
    prompt = tokens()[:1, :5]
    continued = theirs.generate(prompt, max_new_tokens=12, do_sample=False, eos_token_id=None)
    settings = SamplingConfig(max_new_tokens=12, temperature=0.0)
    written = [token.id for token in generate_tokens(ours, prompt[0].tolist(), settings)]
    assert continued[0, 5:].tolist() == written


def test_a_folder_in_the_form_of_transformers_4_gives_their_logits(tmp_path: Path) -> None:
    theirs = build_theirs("qwen3", {"tie_word_embeddings": True})
    theirs.save_pretrained(tmp_path)

    def write_as_4(fields: dict[str, Any]) -> None:
        rope = fields.pop("rope_parameters")
        fields |= {"rope_theta": rope["rope_theta"], "rope_scaling": None}
        fields["torch_dtype"] = fields.pop("dtype")

    edit_config(tmp_path, write_as_4)
    assert_same_logits(load_model(tmp_path), theirs)


def test_a_folder_of_the_bare_gpt2_gives_their_logits(tmp_path: Path) -> None:
    theirs = build_theirs("gpt2", {})
    theirs.transformer.save_pretrained(tmp_path)
    assert_same_logits(load_model(tmp_path), theirs)


@pytest.mark.parametrize("family", ["qwen3", "llama", "qwen3_moe"])
def test_a_folder_of_the_bare_model_gives_its_states(tmp_path: Path, family: str) -> None:
    theirs = build_theirs(family, {"tie_word_embeddings": True}).model
    theirs.save_pretrained(tmp_path)
    with torch.no_grad():
        expected = theirs(tokens()).last_hidden_state
        found = load_model(tmp_path)(tokens=tokens()).hidden
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("tie_embeddings", [True, False])
@pytest.mark.parametrize("family", ["qwen3", "llama", "qwen3_moe", "gpt2"])
def test_our_folder_gives_our_logits_in_transformers(
    tmp_path: Path, family: str, tie_embeddings: bool
) -> None:
    fields = {"rope_theta": 50_000.0, "head_dim": 16} if family != "gpt2" else {}
    ours = build_ours(family, tie_embeddings=tie_embeddings, **fields)
    save_model_folder(ours, tmp_path / "model", save_tokenizer=None, special_ids=IDS)
    theirs, info = transformers.AutoModelForCausalLM.from_pretrained(
        tmp_path / "model", output_loading_info=True
    )
    assert not any(info[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert theirs.num_parameters() == ours.num_params()
    assert_same_logits(ours, theirs.eval())


@pytest.mark.parametrize("kept", ["rope_theta", "rope_parameters"])
def test_either_spelling_of_the_rotary_base_is_enough(tmp_path: Path, kept: str) -> None:
    ours = build_ours("qwen3", rope_theta=50_000.0)
    folder = tmp_path / "model"
    save_model_folder(ours, folder, save_tokenizer=None, special_ids=IDS)
    dropped = ({"rope_theta", "rope_parameters"} - {kept}).pop()
    edit_config(folder, lambda fields: fields.pop(dropped))
    assert_same_logits(ours, transformers.AutoModelForCausalLM.from_pretrained(folder).eval())
    assert load_model_config(folder).rope_theta == 50_000.0


def test_our_config_speaks_both_dialects(tmp_path: Path) -> None:
    ours = build_ours("qwen3", rope_theta=50_000.0)
    folder = tmp_path / "model"
    save_model_folder(ours, folder, save_tokenizer=None, special_ids=IDS, dtype=torch.bfloat16)
    fields = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert fields["rope_theta"] == fields["rope_parameters"]["rope_theta"] == 50_000.0
    assert fields["dtype"] == fields["torch_dtype"] == "bfloat16"
    assert fields["eos_token_id"] != fields["pad_token_id"]
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder)
    assert theirs.dtype == torch.bfloat16


@pytest.mark.parametrize("place", ["rope_parameters", "rope_scaling", None])
def test_heads_that_are_rotated_in_part_are_refused(tmp_path: Path, place: str | None) -> None:
    save_model_folder(build_ours("llama"), tmp_path, save_tokenizer=None, special_ids=IDS)
    path = tmp_path / "config.json"
    fields = json.loads(path.read_text(encoding="utf-8"))
    part = {"partial_rotary_factor": 0.5}
    fields |= part if place is None else {place: {"rope_type": "default"} | part}
    path.write_text(json.dumps(fields), encoding="utf-8")
    with pytest.raises(CheckpointError, match="not supported") as caught:
        load_model(tmp_path)
    assert "partial_rotary_factor" in str(caught.value.why)


def test_transformers_continues_a_text_as_we_do(tmp_path: Path) -> None:
    ours = build_ours("qwen3")
    save_model_folder(ours, tmp_path / "model", save_tokenizer=None, special_ids=IDS)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "model").eval()
    prompt = tokens()[:1, :5]
    continued = theirs.generate(prompt, max_new_tokens=10, do_sample=False, eos_token_id=None)
    history = prompt
    with torch.no_grad():
        for _ in range(10):
            best = ours(tokens=history).logits[:, -1:].argmax(-1)
            history = torch.cat((history, best), dim=1)
    assert continued.tolist() == history.tolist()
