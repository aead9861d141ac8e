"""Batched writing against `transformers`: the same targets, greedily and with beams.

Lengths are not penalised here: `transformers` divides by another power of the length than Wu et
al. 2016 do. The models are tiny and random; nothing is downloaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from yanmo.checkpoint.model_folder import load_model
from yanmo.inference.writing import write_ids
from yanmo.inference.writing_config import WritingConfig
from yanmo.inference.writing_rules import Written

transformers = pytest.importorskip("transformers")

STOP, PAD, LIMIT = 1, 0, 24
SIZES = {"vocab_size": 40, "d_model": 32, "pad_token_id": PAD, "eos_token_id": STOP}
SOURCES = [[(7 * row + 3 * place) % 38 + 2 for place in range(2 + row % 9)] for row in range(24)]

SETTINGS = [
    pytest.param({}, {}, id="greedy"),
    pytest.param({"no_repeat_ngram_size": 2}, {"no_repeat_ngram": 2}, id="greedy-no-repeat"),
    pytest.param({"min_new_tokens": 6}, {"min_new_tokens": 6}, id="greedy-min"),
    pytest.param({"num_beams": 4, "early_stopping": True}, {"num_beams": 4}, id="beam-full"),
    pytest.param(
        {"num_beams": 3, "early_stopping": "never"},
        {"num_beams": 3, "beam_stop": "settled"},
        id="beam-settled",
    ),
    pytest.param(
        {"num_beams": 3, "early_stopping": True, "no_repeat_ngram_size": 2, "min_new_tokens": 4},
        {"num_beams": 3, "no_repeat_ngram": 2, "min_new_tokens": 4},
        id="beam-rules",
    ),
]


def build_theirs(family: str) -> Any:
    torch.manual_seed(3)
    if family == "t5":
        sizes = {"d_ff": 48, "d_kv": 8, "num_heads": 4, "num_layers": 2}
        config = transformers.T5Config(**SIZES, **sizes, decoder_start_token_id=PAD)
        model = transformers.T5ForConditionalGeneration(config)
    else:
        sizes = {
            f"{side}_{name}": value
            for side in ("encoder", "decoder")
            for name, value in (("layers", 2), ("attention_heads", 4), ("ffn_dim", 48))
        }
        config = transformers.MarianConfig(
            **SIZES, **sizes, decoder_start_token_id=PAD, max_position_embeddings=40
        )
        model = transformers.MarianMTModel(config)
        model.final_logits_bias[0, STOP] = 4.0
    tables = [module.weight for module in model.modules() if "Sinusoidal" in str(type(module))]
    with torch.no_grad():
        for parameter in model.parameters():
            if not any(parameter is table for table in tables):
                parameter.add_(0.15 * torch.randn_like(parameter))
    model.generation_config.forced_eos_token_id = None
    return model.eval()


@pytest.fixture(scope="module", params=["t5", "marian"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Their model, and ours opened from the folder in which theirs was saved."""
    theirs = build_theirs(request.param)
    folder: Path = tmp_path_factory.mktemp("theirs")
    theirs.save_pretrained(folder)
    return theirs, load_model(folder, torch.device("cpu"))


@torch.no_grad()
def generate(theirs: Any, settings: dict[str, Any]) -> list[list[int]]:
    """What transformers writes, with the end where there is one."""
    length = max(map(len, SOURCES))
    padded = torch.tensor([[*ids, *[PAD] * (length - len(ids))] for ids in SOURCES])
    sequences = theirs.generate(
        input_ids=padded,
        attention_mask=(padded != PAD).long(),
        max_new_tokens=LIMIT,
        do_sample=False,
        **({"length_penalty": 0.0} if "num_beams" in settings else {}),
        **settings,
    )
    targets = []
    for ids in sequences[:, 1:].tolist():
        targets.append(ids[: ids.index(STOP) + 1] if STOP in ids else ids)
    return targets


def target_of(written: Written) -> list[int]:
    return [*written.ids] if written.is_cut else [*written.ids, STOP]


@pytest.mark.parametrize(("their_settings", "our_settings"), SETTINGS)
def test_targets_are_those_of_transformers(
    pair: Any, their_settings: dict[str, Any], our_settings: dict[str, Any]
) -> None:
    theirs, ours = pair
    expected = generate(theirs, their_settings)
    config = WritingConfig(max_new_tokens=LIMIT, length_penalty=0.0, batch_rows=24, **our_settings)
    found = [target_of(one) for one in write_ids(ours, SOURCES, config, stop_ids={STOP})]
    # Theirs take the token that begins a target for a part of it, which begins n-grams too; and
    # with them a text that the limit cut may go before one that ended.
    pairs = [
        (one, other)
        for one, other in zip(found, expected, strict=True)
        if PAD not in other and not (one[-1] == STOP != other[-1])
    ]
    assert len(pairs) > 10
    assert [one for one, _ in pairs] == [other for _, other in pairs]
    assert sum(ids[-1] == STOP for _, ids in pairs) >= 3
