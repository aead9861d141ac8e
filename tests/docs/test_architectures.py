"""The page of architectures against the code: every family, each with the parts that it has."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from tests.docs.pages import REPOSITORY

from yanmo.models.config import Family, ModelConfig
from yanmo.models.families.kinds import FAMILY_KINDS
from yanmo.models.presets import derive_model
from yanmo.models.registry import FORMS
from yanmo.training.objective_choice import LEARNABLE

PAGES = {language: REPOSITORY / "docs" / language / "architectures.md" for language in ("en", "zh")}
WORDS = {
    "en": {
        "decoder": "decoder",
        "encoder": "encoder",
        "encoder_decoder": "encoder-decoder",
        "rms_norm": "RMS",
        "layer_norm": "layer",
        "before": "before",
        "after": "after",
        "gated": "gated",
        "plain": "plain",
        "mixture": "mixture",
        "silu": "SiLU",
        "gelu": "GELU",
        "gelu_tanh": "GELU",
        "relu": "ReLU",
        "rotary": "rotary",
        "learned": "learned",
        "relative": "relative",
        "sinusoidal": "sinusoidal",
        "two_dimensional": "two-dimensional",
        ", ": ", ",
    },
    "zh": {
        "decoder": "解码器",
        "encoder": "编码器",
        "encoder_decoder": "编码器-解码器",
        "rms_norm": "RMS",
        "layer_norm": "层归一化",
        "before": "前置",
        "after": "后置",
        "gated": "带门",
        "plain": "普通",
        "mixture": "混合专家",
        "silu": "SiLU",
        "gelu": "GELU",
        "gelu_tanh": "GELU",
        "relu": "ReLU",
        "rotary": "旋转",
        "learned": "学习得到",
        "relative": "相对",
        "sinusoidal": "正弦",
        "two_dimensional": "二维",
        ", ": "，",
    },
}
"""What each page calls the kinds of parts."""


def rows(page: Path) -> dict[str, list[str]]:
    """The cells of each family's row."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in cells}


@pytest.mark.parametrize("language", PAGES)
def test_every_family_has_a_row(language: str) -> None:
    assert sorted(rows(PAGES[language])) == sorted(get_args(Family))


@pytest.mark.parametrize("family", FAMILY_KINDS)
@pytest.mark.parametrize("language", PAGES)
def test_a_row_names_the_parts_of_its_family(language: str, family: str) -> None:
    words, kinds = WORDS[language], FAMILY_KINDS[family]
    comma = words[", "]
    config = derive_model(ModelConfig.model_validate({"family": family, "depth": 1}), 64).config
    architecture = FORMS[family].to_hf_config(config)["architectures"][0]
    assert rows(PAGES[language])[family] == [
        words[kinds["form"]],
        comma.join((words[kinds["norm"]], words[kinds.get("norm_placement", "before")])),
        words[kinds["positions"]],
        comma.join((words[kinds["mlp"]], words[kinds["activation"]])),
        LEARNABLE[family][0],
        "-" if architecture == "Yanmo" else f"`{architecture}`",
    ]


@pytest.mark.parametrize("family", sorted(set(get_args(Family)) - set(FAMILY_KINDS)))
@pytest.mark.parametrize("language", PAGES)
def test_a_row_names_what_its_family_learns(language: str, family: str) -> None:
    assert rows(PAGES[language])[family][-1] == LEARNABLE[family][0]
