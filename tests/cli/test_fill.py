"""`yanmo fill`, and `yanmo generate` on models that do not continue a text."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tests.cli.conftest import CommandLine

from yanmo.checkpoint.model_folder import load_model, save_model_folder
from yanmo.cli.models import fill, generate
from yanmo.core.errors import CheckpointError, ConfigError
from yanmo.inference.config import SamplingConfig
from yanmo.inference.fill import fill_text
from yanmo.inference.generate import generate_text
from yanmo.models.build import build_model
from yanmo.models.config import TRANSFORMER_FAMILIES, ModelConfig
from yanmo.models.presets import derive_model
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

TEXT = "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。"
PROMPT = "白日____山尽"
FAMILIES = ("bert", "t5", "glm", "gpt2", "marian", "lstm_seq2seq")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of a random model of each family, its tokenizer in it."""
    tokenizer = train_tokenizer([TEXT] * 3, 304, 4)
    ids = {"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    made = {}
    for family in FAMILIES:
        heads = {"num_heads": 2} if family in TRANSFORMER_FAMILIES else {}
        section = {"family": family, "depth": 1, "d_model": 32, "max_seq_len": 64} | heads
        shape = derive_model(ModelConfig.model_validate(section), tokenizer.vocab_size, ids).config
        model = build_model(shape, torch.device("cpu"), seed=3)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(3.0)
        made[family] = tmp_path_factory.mktemp(family) / "model"
        save_model_folder(model, made[family], save_tokenizer=tokenizer.save, special_ids=ids)
    return made


def greedy(max_new_tokens: int) -> SamplingConfig:
    return SamplingConfig(max_new_tokens=max_new_tokens, temperature=0.0)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_filled_text_is_printed_and_nothing_else(
    folders: dict[str, Path], family: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folders[family]
    expected = fill_text(load_model(folder), Tokenizer.load(folder), PROMPT, greedy(5))
    fill(folder, PROMPT, max_new_tokens=5, device="cpu")
    assert capsys.readouterr().out == expected.text + "\n"


@pytest.mark.parametrize("family", FAMILIES)
def test_machines_read_what_stands_in_every_blank(
    folders: dict[str, Path], family: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folders[family]
    expected = fill_text(load_model(folder), Tokenizer.load(folder), PROMPT, greedy(16))
    fill(folder, PROMPT, device="cpu", as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found == {"prompt": PROMPT, "text": expected.text, "pieces": list(expected.pieces)}


def test_a_dash_reads_standard_input_without_its_last_line_break(
    folders: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PROMPT}\n第二行\n"))
    fill(folders["bert"], "-", device="cpu", as_json=True)
    assert json.loads(capsys.readouterr().out)["prompt"] == f"{PROMPT}\n第二行"


def test_a_seed_makes_a_filling_reproducible(
    folders: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    printed = []
    for seed in (1, 1, 2):
        fill(folders["glm"], PROMPT, temperature=2.0, seed=seed, device="cpu")
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != printed[2]


@pytest.mark.parametrize("family", ["t5", "marian", "lstm_seq2seq"])
def test_an_encoder_decoder_prints_the_target_and_not_its_source(
    folders: dict[str, Path], family: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folders[family]
    model, tokenizer = load_model(folder), Tokenizer.load(folder)
    expected = generate_text(model, tokenizer, "白日", max_new_tokens=8, temperature=0.0)
    generate(folder, "白日", max_new_tokens=8, temperature=0.0, device="cpu")
    assert capsys.readouterr().out == expected + "\n"
    generate(folder, "白日", max_new_tokens=8, temperature=0.0, device="cpu", as_json=True)
    assert json.loads(capsys.readouterr().out) == {"prompt": "白日", "text": expected}


def test_a_decoder_prints_its_prompt_and_what_follows(
    folders: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    generate(folders["gpt2"], "白日", max_new_tokens=4, temperature=0.0, device="cpu")
    assert capsys.readouterr().out.startswith("白日")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_model_that_writes_nothing_names_the_command_that_fills(
    folders: dict[str, Path], language: str, speak: Callable[[str], None]
) -> None:
    speak(language)
    with pytest.raises(ConfigError) as caught:
        generate(folders["bert"], "白日", device="cpu")
    assert caught.value.hint is not None and "yanmo fill" in caught.value.hint


def test_what_cannot_be_filled_is_told(folders: dict[str, Path], yanmo: CommandLine) -> None:
    message = yanmo.refused("fill", folders["bert"], "-p", "白日依山尽")
    assert "the text has no blank" in message
    assert "Write a blank as four underscores: ____" in message


def test_options_out_of_range_and_missing_folders_are_told(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="temperature"):
        fill(folders["bert"], PROMPT, temperature=-1.0, device="cpu")
    with pytest.raises(CheckpointError, match="no model folder"):
        fill(tmp_path, PROMPT, device="cpu")
    with pytest.raises(ConfigError, match="fills one blank at a time") as caught:
        fill(folders["gpt2"], "____白日____", device="cpu")
    assert caught.value.why == "the text has 2"
