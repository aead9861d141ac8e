"""ONNX files: onnxruntime computes what the model computes, for sizes that were not traced."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.checkpoint.export.conftest import MakeFolder, write_folder

from yanmo.checkpoint.export.onnx import ONNX_FAMILIES, export_onnx
from yanmo.checkpoint.export.onnx_graphs import EXAMPLE_LENGTH, build_graph
from yanmo.checkpoint.model_folder import load_model
from yanmo.core.errors import CheckpointError, ConfigError
from yanmo.tokens.tokenizer import Tokenizer

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

SIZES = [(1, 1), (3, 5), (2, 48), (4, EXAMPLE_LENGTH)]
FAMILIES: dict[str, dict[str, Any]] = {
    "qwen3": {"num_kv_heads": 1, "sliding_window": 6},
    "gpt2": {},
    "llama": {"rope_scaling": {"kind": "yarn", "factor": 2.0, "original_max_seq_len": 24}},
    "transformer": {"positions": "alibi"},
    "bert": {},
    "roberta": {},
    "t5": {},
    "marian": {},
}


def test_every_family_that_is_offered_is_tested() -> None:
    assert set(FAMILIES) == set(ONNX_FAMILIES)


def open_session(path: Path) -> Any:
    """onnxruntime on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def make_inputs(names: list[str], batch_size: int, length: int) -> dict[str, torch.Tensor]:
    """Random ids of `batch_size` rows; the last third of the first row is padding."""
    generator = torch.Generator().manual_seed(length)
    inputs = {
        name: torch.randint(0, 300, (batch_size, length), generator=generator) for name in names
    }
    inputs["attention_mask"] = torch.ones(batch_size, length, dtype=torch.long)
    inputs["attention_mask"][0, length - length // 3 :] = 0
    if "token_type_ids" in inputs:
        inputs["token_type_ids"] %= 2
    if "decoder_input_ids" in inputs:  # the target has a length of its own
        inputs["decoder_input_ids"] = inputs["decoder_input_ids"][:, : max(1, length - 2)]
    return inputs


@pytest.fixture(scope="module")
def export_of(
    tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """The model folder of a family, with `model.onnx` beside it; each is exported once."""

    @cache
    def export(family: str) -> Path:
        folder = tmp_path_factory.mktemp(family) / "model"
        settings = {"family": family, "depth": 1} | FAMILIES[family]
        write_folder(tokenizer, folder, torch.float32, **settings)
        written = export_onnx(folder, folder.with_name("model.onnx"))
        assert written.num_bytes == written.path.stat().st_size
        return folder

    return export


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_onnxruntime_gives_the_models_numbers(
    export_of: Callable[[str], Path], family: str
) -> None:
    folder = export_of(family)
    session = open_session(folder.with_name("model.onnx"))
    graph = build_graph(load_model(folder))
    assert [value.name for value in session.get_inputs()] == list(graph.inputs)
    assert [value.name for value in session.get_outputs()] == graph.outputs
    for batch_size, length in SIZES:
        inputs = make_inputs(list(graph.inputs), batch_size, length)
        given = session.run(None, {name: value.numpy() for name, value in inputs.items()})
        with torch.inference_mode():
            expected = graph.module(**inputs)
        for ours, theirs in zip(expected, given, strict=True):
            assert np.abs(ours.numpy() - theirs).max() < 1e-4, (batch_size, length)


@pytest.mark.slow
def test_an_encoder_without_a_head_for_tokens_gives_its_states(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    config = transformers.BertConfig(
        vocab_size=300, hidden_size=32, num_hidden_layers=1, num_attention_heads=2
    )
    torch.manual_seed(0)
    theirs = transformers.BertModel(config).eval()
    theirs.save_pretrained(tmp_path / "model")
    session = open_session(export_onnx(tmp_path / "model", tmp_path / "model.onnx").path)
    outputs = [value.name for value in session.get_outputs()]
    assert outputs == ["last_hidden_state", "pooler_output"]
    inputs = make_inputs([value.name for value in session.get_inputs()], 3, 5)
    given = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    with torch.inference_mode():
        expected = theirs(**inputs)
    real = inputs["attention_mask"].bool().numpy()
    states = expected.last_hidden_state.numpy()
    assert np.abs(given[0] - states)[real].max() < 1e-4
    assert np.abs(given[1] - expected.pooler_output.numpy()).max() < 1e-4


@pytest.mark.slow
def test_padding_on_either_side_of_a_decoders_text_changes_nothing(
    export_of: Callable[[str], Path],
) -> None:
    folder = export_of("gpt2")
    session = open_session(folder.with_name("model.onnx"))
    tokens = torch.arange(20, 26)[None]  # (1, T)
    with torch.inference_mode():
        expected = load_model(folder)(tokens=tokens).logits[0].numpy()  # (T, V)
    ids = np.full((2, 10), 7, dtype=np.int64)
    mask = np.zeros((2, 10), dtype=np.int64)
    ids[0, :6] = ids[1, 4:] = tokens
    mask[0, :6] = mask[1, 4:] = 1
    (scores,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
    assert np.isfinite(scores).all()
    assert np.abs(scores[0, :6] - expected).max() < 1e-4
    assert np.abs(scores[1, 4:] - expected).max() < 1e-4


@pytest.mark.slow
def test_an_export_is_replaced_and_another_file_is_not(
    export_of: Callable[[str], Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder, path = export_of("gpt2"), tmp_path / "model.onnx"
    shutil.copyfile(folder.with_name("model.onnx"), path)
    before = path.stat().st_mtime_ns
    lines: list[str] = []
    export_onnx(folder, path, report=lines.append)
    assert path.stat().st_mtime_ns > before
    assert lines == ["tracing the model", f"writing {path}"]
    path.write_text("mine")
    with pytest.raises(ConfigError, match="did not export"):
        export_onnx(folder, path)
    assert path.read_text() == "mine"
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.onnx"]
    assert capfd.readouterr().err == ""  # the exporter talks to itself, not to the user


def test_a_family_without_a_graph_and_a_damaged_folder_are_refused(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="lstm") as caught:
        export_onnx(make_folder(family="lstm", num_heads=None), tmp_path / "model.onnx")
    assert "qwen3" in str(caught.value.hint)
    folder = make_folder("other")
    (folder / "model.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError):
        export_onnx(folder, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()
