"""Encoder-decoder families against `transformers`: its folders in our hands, ours in its hands.

The models are tiny and random; nothing is downloaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from yanmo.checkpoint.model_folder import load_model, save_model_folder
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.language_model import LanguageModel
from yanmo.models.presets import derive_model

transformers = pytest.importorskip("transformers")

IDS = {"eos": 1, "pad": 0}
T5: dict[str, Any] = {
    "vocab_size": 96,
    "d_model": 32,
    "d_ff": 48,
    "d_kv": 12,
    "num_layers": 2,
    "num_decoder_layers": 3,
    "num_heads": 4,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 12,
    "decoder_start_token_id": 0,
}
MARIAN: dict[str, Any] = {
    "vocab_size": 96,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 40,
    "activation_function": "relu",
    "scale_embedding": True,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "decoder_start_token_id": 0,
}
SHAPES = [
    pytest.param("t5", {"feed_forward_proj": "gated-gelu"}, id="t5-gated"),
    pytest.param("t5", {"feed_forward_proj": "relu"}, id="t5-plain"),
    pytest.param(
        "t5", {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}, id="t5-untied"
    ),
    pytest.param("marian", {}, id="marian"),
    pytest.param("marian", {"scale_embedding": False}, id="marian-unscaled"),
    pytest.param("marian", {"activation_function": "swish"}, id="marian-swish"),
]


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def move_away_from_zero(model: nn.Module, family: str) -> None:
    """Away from the small initial values, so that a wrong norm, bias or position shows. Less for
    T5, which does not scale its attention: large scores make large rounding errors."""
    size = 0.05 if family == "t5" else 0.2
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(size * torch.randn_like(parameter))


def build_theirs(family: str, fields: dict[str, Any]) -> Any:
    torch.manual_seed(0)
    if family == "t5":
        model = transformers.T5ForConditionalGeneration(transformers.T5Config(**(T5 | fields)))
    else:
        model = transformers.MarianMTModel(transformers.MarianConfig(**(MARIAN | fields)))
        model.final_logits_bias.normal_()
    sinusoidal = [module.weight for module in model.modules() if "Sinusoidal" in str(type(module))]
    kept = [table.detach().clone() for table in sinusoidal]
    move_away_from_zero(model, family)
    with torch.no_grad():
        for table, value in zip(sinusoidal, kept, strict=True):
            table.copy_(value)
    return model.eval()


def batch() -> dict[str, torch.Tensor]:
    """A target and a source, whose second row ends in padding."""
    generator = torch.Generator().manual_seed(2)
    source = torch.randint(2, 96, (2, 17), generator=generator)
    mask = torch.ones(2, 17, dtype=torch.bool)
    mask[1, 11:] = False
    target = torch.randint(2, 96, (2, 14), generator=generator)
    return {"tokens": target, "source_tokens": source, "source_mask": mask}


@torch.no_grad()
def assert_same_scores(ours: LanguageModel, theirs: Any) -> None:
    given = batch()
    expected = theirs(
        input_ids=given["source_tokens"],
        attention_mask=given["source_mask"].long(),
        decoder_input_ids=given["tokens"],
    )
    assert expected.logits.std() > 0.05, "logits that hardly differ prove nothing"
    found = ours(**given)
    torch.testing.assert_close(found.logits, expected.logits, atol=1e-4, rtol=0)


def states_of(model: LanguageModel, side: str) -> list[torch.Tensor]:
    """What goes into the blocks of one side, and what comes out of the side."""
    kept: list[torch.Tensor] = []
    stack = model.get_submodule(side)
    handles = [
        block.register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
        for block in stack.get_submodule("blocks").children()
    ]
    handles.append(stack.register_forward_hook(lambda *args: kept.append(args[2])))
    with torch.no_grad():
        model(**batch())
    for handle in handles:
        handle.remove()
    return kept


@pytest.mark.parametrize(("family", "fields"), SHAPES)
@pytest.mark.parametrize("max_shard_size", ["1GB", "20KB"])
def test_their_folder_gives_their_scores(
    tmp_path: Path, family: str, fields: dict[str, Any], max_shard_size: str
) -> None:
    theirs = build_theirs(family, fields)
    theirs.save_pretrained(tmp_path, max_shard_size=max_shard_size)
    ours = load_model(tmp_path)
    assert ours.num_params() - 96 * (family == "marian") == sum(
        parameter.numel() for parameter in theirs.parameters() if parameter.requires_grad
    )
    assert_same_scores(ours, theirs)


@pytest.mark.parametrize(("family", "fields"), SHAPES)
def test_every_layer_gives_their_hidden_states(
    tmp_path: Path, family: str, fields: dict[str, Any]
) -> None:
    theirs = build_theirs(family, fields)
    theirs.save_pretrained(tmp_path)
    ours = load_model(tmp_path)
    given = batch()
    with torch.no_grad():
        expected = theirs(
            input_ids=given["source_tokens"],
            attention_mask=given["source_mask"].long(),
            decoder_input_ids=given["tokens"],
            output_hidden_states=True,
        )
    real = given["source_mask"]
    for found, other in zip(
        states_of(ours, "encoder"), expected.encoder_hidden_states, strict=True
    ):
        torch.testing.assert_close(found[real], other[real], atol=1e-5, rtol=1e-5)
    for found, other in zip(
        states_of(ours, "decoder"), expected.decoder_hidden_states, strict=True
    ):
        torch.testing.assert_close(found, other, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("family", "fields"), SHAPES)
def test_a_folder_goes_through_our_hands_unchanged(
    tmp_path: Path, family: str, fields: dict[str, Any]
) -> None:
    theirs = build_theirs(family, fields)
    theirs.save_pretrained(tmp_path / "theirs")
    ours = load_model(tmp_path / "theirs")
    save_model_folder(
        ours, tmp_path / "ours", save_tokenizer=None, special_ids=IDS, max_shard_bytes=30_000
    )
    again, info = transformers.AutoModelForSeq2SeqLM.from_pretrained(
        tmp_path / "ours", output_loading_info=True
    )
    assert type(again) is type(theirs)
    assert not any(info[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert_same_scores(ours, again.eval())


@pytest.mark.parametrize("family", ["t5", "marian"])
@pytest.mark.parametrize("tie_embeddings", [True, False])
def test_our_folder_gives_our_scores_in_transformers(
    tmp_path: Path, family: str, tie_embeddings: bool
) -> None:
    section = ModelConfig.model_validate(
        {
            "family": family,
            "depth": 2,
            "d_model": 32,
            "num_heads": 4,
            "max_seq_len": 40,
            "tie_embeddings": tie_embeddings,
        }
    )
    torch.manual_seed(1)
    ours = build_model(derive_model(section, 96, IDS).config, torch.device("cpu"), seed=0).eval()
    move_away_from_zero(ours, family)
    save_model_folder(ours, tmp_path / "model", save_tokenizer=None, special_ids=IDS)
    theirs = transformers.AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "model")
    assert_same_scores(ours, theirs.eval())


@pytest.mark.parametrize(("family", "fields"), SHAPES)
def test_cached_decoding_writes_what_transformers_writes(
    tmp_path: Path, family: str, fields: dict[str, Any]
) -> None:
    # The cache of T5 in transformers 5.23 counts the layers of the encoder.
    same_depth = {"num_decoder_layers": 2} if family == "t5" else {}
    theirs = build_theirs(family, fields | same_depth)
    theirs.save_pretrained(tmp_path)
    ours = load_model(tmp_path)
    source = batch()["source_tokens"][:1]
    written = theirs.generate(
        source,
        max_new_tokens=12,
        do_sample=False,
        num_beams=1,
        eos_token_id=None,
        forced_eos_token_id=None,
    )
    tokens = torch.tensor([[0]])
    cache = ours.build_cache(1)
    with torch.no_grad():
        memory = ours.encode(source)  # type: ignore[operator]
        ids = [0]
        for _ in range(12):
            scores = ours(tokens=tokens, memory=memory, cache=cache).logits[:, -1]
            if family == "marian":
                scores[:, 0] = -torch.inf  # transformers never lets Marian write padding
            tokens = scores.argmax(-1)[:, None]
            ids.append(int(tokens))
    assert ids == written[0].tolist()
