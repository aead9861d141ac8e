"""The network that hears: its loss, its padding, its folder."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
import torch

from yanmo.checkpoint.speech_folder import (
    is_speech_folder,
    load_speech_folder,
    save_speech_folder,
)
from yanmo.core.errors import CheckpointError
from yanmo.inference.recognise import recognise
from yanmo.models.speech_config import SpeechConfig
from yanmo.models.speech_ctc import SpeechCTC, num_needed, num_scored

CONFIG = SpeechConfig(num_mels=6, d_model=8, d_hidden=8, alphabet="ab ")


@pytest.fixture
def model() -> SpeechCTC:
    made = SpeechCTC(CONFIG).eval()
    made.init_weights(0)
    return made


def frames(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(1, count, CONFIG.num_mels, generator=torch.Generator().manual_seed(seed))


def test_the_loss_is_over_all_ways_to_write_the_text(model: SpeechCTC) -> None:
    features, text = frames(9), [1, 1, 2]
    output = model(features, labels=torch.tensor([text]))
    assert output.scores.shape == (1, num_scored(9), 4)
    total = torch.tensor(-torch.inf)
    for path in product(range(4), repeat=num_scored(9)):
        merged = [c for i, c in enumerate(path) if c and (i == 0 or path[i - 1] != c)]
        if merged == text:
            total = torch.logaddexp(total, output.scores[0, range(len(path)), list(path)].sum())
    assert output.loss_sum.item() == pytest.approx(-total.item(), rel=1e-5)
    assert num_needed(text) == 4


def test_padding_and_company_change_nothing(model: SpeechCTC) -> None:
    short, long = frames(7, 1), frames(12, 2)
    both = torch.full((2, 12, CONFIG.num_mels), 9.0)
    both[0, :7], both[1] = short[0], long[0]
    mask = torch.arange(12) < torch.tensor([[7], [12]])
    labels = torch.tensor([[1, -100], [2, 3]])
    together = model(both, mask, labels)
    alone = [
        model(short, labels=torch.tensor([[1]])),
        model(long, labels=torch.tensor([[2, 3]])),
    ]
    torch.testing.assert_close(together.scores[0, : num_scored(7)], alone[0].scores[0])
    torch.testing.assert_close(together.loss_sum, alone[0].loss_sum + alone[1].loss_sum)
    found = recognise(model, [short[0].numpy(), long[0].numpy()], num_beams=3)
    (by_itself,) = recognise(model, [long[0].numpy()], num_beams=3)
    assert found[1].text == by_itself.text
    assert found[1].log_prob == pytest.approx(by_itself.log_prob, abs=1e-5)


def test_a_text_that_is_too_long_for_its_recording_adds_nothing(model: SpeechCTC) -> None:
    output = model(frames(2), labels=torch.tensor([[1, 2, 1]]))
    assert output.loss_sum.item() == 0.0


def test_a_folder_gives_the_same_network_back(model: SpeechCTC, tmp_path: Path) -> None:
    save_speech_folder(model, tmp_path / "model")
    assert is_speech_folder(tmp_path / "model")
    again = load_speech_folder(tmp_path / "model")
    assert again.config == model.config
    torch.testing.assert_close(again(frames(9)).scores, model(frames(9)).scores)
    (tmp_path / "model" / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(CheckpointError):
        load_speech_folder(tmp_path / "model")
