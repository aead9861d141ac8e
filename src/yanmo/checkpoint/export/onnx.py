"""A Transformer as an ONNX file, for onnxruntime and other engines.

In: a model folder. Out: one file in float32, with a second one for the weights where they exceed
what one file can hold (2 GB). The graph has no cache; `onnx_graphs` says what goes in and out.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

import yanmo
from yanmo.checkpoint.export.destination import (
    PRODUCER,
    Exported,
    Report,
    check_file_destination,
    load_package,
    written_whole,
)
from yanmo.checkpoint.export.onnx_graphs import Graph, build_graph
from yanmo.checkpoint.model_folder import load_model, load_model_config
from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t

ONNX_FAMILIES = ("qwen3", "llama", "gpt2", "transformer", "bert", "roberta", "t5", "marian")
"""Families whose graph has been held against the model itself."""


def export_onnx(
    folder: Path, path: Path, *, is_forced: bool = False, report: Report | None = None
) -> Exported:
    """Write the model in `folder` to the ONNX file `path`.

    Args:
        is_forced: replace a file that is no export of ours.
        report: takes a line on how far the work is.

    Raises:
        ConfigError: this family has no graph, or something stands at `path`.
        CheckpointError: the folder is damaged.
        RunError: the file could not be written.
    """
    load_package("onnx")
    load_package("onnxscript")
    check_file_destination(path, folder, is_forced=is_forced)
    config = load_model_config(folder)
    if config.family not in ONNX_FAMILIES:
        raise ConfigError(
            t("the family {family} has no place in this format", family=config.family),
            where=str(folder),
            hint=t("Families that can be exported: {names}.", names=listed(ONNX_FAMILIES)),
        )
    model = load_model(folder)
    if report is not None:
        report(t("tracing the model"))
    program = _trace(build_graph(model), config.max_seq_len)
    if report is not None:
        report(t("writing {path}", path=path))
    with written_whole(path) as temporary:
        program.save(temporary)
    sizes = [file.stat().st_size for file in (path, _weights_of(path)) if file.is_file()]
    usage = t("onnxruntime: InferenceSession('{path}')", path=path)
    return Exported(path=path, num_bytes=sum(sizes), usage=usage)


def _trace(graph: Graph, max_length: int) -> Any:
    with torch.no_grad(), _silence():
        program = torch.onnx.export(
            graph.module.eval(),
            tuple(graph.inputs.values()),
            dynamo=True,
            input_names=list(graph.inputs),
            output_names=graph.outputs,
            dynamic_shapes=graph.dynamic_shapes(max_length),
            verbose=False,
        )
    assert program is not None, "the exporter of torch gives a program"
    program.model.producer_name = PRODUCER
    program.model.producer_version = yanmo.__version__
    return program


def _weights_of(path: Path) -> Path:
    """Where the weights of a model of more than 2 GB are put."""
    return path.with_name(f"{path.name}.data")


@contextmanager
def _silence() -> Iterator[None]:
    """Without what the exporter says about itself: packages that it does not need, names."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
