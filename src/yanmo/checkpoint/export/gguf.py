"""A decoder as a GGUF file, which llama.cpp, Ollama and their relatives run.

In: a model folder. Out: one file with weights, shape and tokenizer. Tensors are converted and
written one at a time. The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; names
and keys are those of llama.cpp.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

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
from yanmo.checkpoint.export.gguf_families import GGUF_FAMILIES, PlannedTensor, plan_tensors
from yanmo.checkpoint.export.gguf_tokenizer import tokenizer_keys
from yanmo.checkpoint.model_folder import load_model, load_model_config
from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.models.families.output_heads import drop_tied_head
from yanmo.models.transformer_config import TransformerConfig
from yanmo.nn.rotary import rotary_frequencies
from yanmo.nn.rotary_scaling import RotaryScaling

GgufType = Literal["f32", "f16", "q8_0"]
BLOCK_WIDTH = 32
"""Numbers of one row that share a scale in q8_0."""
FILE_TYPES = {"f32": 0, "f16": 1, "q8_0": 7}
QUANTIZATION_VERSION = 2
KEPT_EXACT = ("position_embd", "ffn_gate_inp", "rope_freqs")
"""Tensors that stay in float32, as llama.cpp's own converter leaves them."""


def export_gguf(
    folder: Path,
    path: Path,
    dtype: GgufType,
    *,
    is_forced: bool = False,
    report: Report | None = None,
) -> Exported:
    """Write the model in `folder` to the GGUF file `path`.

    Args:
        dtype: of the matrices: `f32`, `f16`, or `q8_0` (8 bits and a scale for each 32 numbers).
            Vectors, and the tables of positions, stay in float32.
        is_forced: replace a file that is no export of ours.
        report: takes a line on how far the work is.

    Raises:
        ConfigError: llama.cpp does not run this model, or something stands at `path`.
        CheckpointError: the folder is damaged.
        RunError: the file could not be written.
    """
    gguf = load_package("gguf")
    check_file_destination(path, folder, is_forced=is_forced)
    config = _config_of(folder)
    keys = shape_keys(config) | tokenizer_keys(folder, config.vocab_size)
    family = GGUF_FAMILIES[config.family]
    planned = _frequency_factors(config) + _plan(folder, config)
    types = {tensor.name: _type_of(tensor, dtype) for tensor in planned}
    num_params = sum(math.prod(tensor.shape) for tensor in planned)
    keys = _general_keys(folder, dtype, num_params) | keys
    with written_whole(path) as temporary:
        writer = gguf.GGUFWriter(temporary, family.architecture)
        try:
            _add_keys(writer, keys)
            _write_tensors(gguf, writer, planned, types, report)
        finally:
            writer.close()
    return Exported(
        path=path,
        num_bytes=path.stat().st_size,
        usage=t(
            "llama.cpp: llama-server -m {path}; Ollama: a Modelfile with FROM {path}", path=path
        ),
        notes=_notes(dtype, types, planned),
    )


def shape_keys(config: TransformerConfig) -> dict[str, Any]:
    """The keys that tell llama.cpp the shape of a decoder."""
    arch = GGUF_FAMILIES[config.family].architecture
    is_rms = config.norm == "rms_norm"
    epsilon = "layer_norm_rms_epsilon" if is_rms else "layer_norm_epsilon"
    keys: dict[str, Any] = {
        "vocab_size": config.vocab_size,
        "context_length": config.max_seq_len,
        "embedding_length": config.d_model,
        "block_count": config.num_layers,
        "feed_forward_length": config.d_ff,
        "attention.head_count": config.num_heads,
        "attention.head_count_kv": config.num_kv_heads,
        "attention.key_length": config.head_dim,
        "attention.value_length": config.head_dim,
        f"attention.{epsilon}": float(config.norm_eps),
    }
    if config.num_experts:
        keys["expert_count"] = config.num_experts
        keys["expert_used_count"] = config.num_active_experts
        keys["expert_feed_forward_length"] = config.d_ff
    if config.rope_theta is not None:
        keys["rope.dimension_count"] = config.head_dim
        keys["rope.freq_base"] = float(config.rope_theta)
    if config.rope_scaling is not None:
        keys |= _scaling_keys(config.rope_scaling)
    return {f"{arch}.{key}": value for key, value in keys.items()}


def _scaling_keys(scaling: RotaryScaling) -> dict[str, Any]:
    if scaling.kind == "llama3":
        return {}  # stored as factors of the frequencies
    keys: dict[str, Any] = {
        "rope.scaling.type": scaling.kind,
        "rope.scaling.factor": float(scaling.factor),
    }
    if scaling.kind == "yarn":
        keys["rope.scaling.original_context_length"] = scaling.original_max_seq_len
        keys["rope.scaling.yarn_beta_fast"] = float(scaling.beta_fast)
        keys["rope.scaling.yarn_beta_slow"] = float(scaling.beta_slow)
        if scaling.attention_factor is not None:
            # There the factor comes on top of what it is by default.
            default = 0.1 * math.log(scaling.factor) + 1.0
            keys["rope.scaling.attn_factor"] = scaling.attention_factor / default
    return keys


def _frequency_factors(config: TransformerConfig) -> list[PlannedTensor]:
    """What each rotary frequency is divided by, where the scaling has no keys of its own."""
    scaling = config.rope_scaling
    if not _has_llama3_scaling(config) or config.rope_theta is None:
        return []
    device = torch.device("cpu")
    plain = rotary_frequencies(config.head_dim, config.rope_theta, None, device).frequencies
    scaled = rotary_frequencies(config.head_dim, config.rope_theta, scaling, device).frequencies
    factors = plain / scaled  # (H/2,)
    return [PlannedTensor("rope_freqs.weight", tuple(factors.shape), lambda: factors)]


def _plan(folder: Path, config: TransformerConfig) -> list[PlannedTensor]:
    state = drop_tied_head(config, load_model(folder).state_dict())
    try:
        return plan_tensors(GGUF_FAMILIES[config.family], config, state)
    except KeyError as error:
        raise ConfigError(
            t("llama.cpp has no {what} in this architecture", what=str(error)), where=str(folder)
        ) from error


def _config_of(folder: Path) -> TransformerConfig:
    """The shape of the model in `folder`; one that llama.cpp does not run is refused."""
    config = load_model_config(folder)
    if config.family not in GGUF_FAMILIES or not isinstance(config, TransformerConfig):
        raise ConfigError(
            t("the family {family} has no place in this format", family=config.family),
            where=str(folder),
            hint=t("Families that can be exported: {names}.", names=listed(GGUF_FAMILIES)),
        )
    for is_missing, what in (
        (config.sliding_window is not None, "sliding_window"),
        (config.score_scale != 1.0, "score_scale"),
        (config.embedding_scale != 1.0, "embedding_scale"),
        (config.num_experts and not config.has_normalized_weights, "has_normalized_weights"),
        (_has_llama3_scaling(config) and config.family != "llama", "rope_scaling"),
    ):
        if is_missing:
            raise ConfigError(
                t("llama.cpp has no {what} in this architecture", what=what),
                where=str(folder),
                why=f"{what} = {getattr(config, what)}",
            )
    return config


def _has_llama3_scaling(config: TransformerConfig) -> bool:
    return config.rope_scaling is not None and config.rope_scaling.kind == "llama3"


def _general_keys(folder: Path, dtype: GgufType, num_params: int) -> dict[str, Any]:
    *_, name = (part for part in folder.resolve().parts if part not in ("model", "pretrain"))
    return {
        "general.type": "model",
        "general.name": name,
        f"{PRODUCER}.version": yanmo.__version__,
        "general.size_label": _size_label(num_params),
        "general.file_type": FILE_TYPES[dtype],
        "general.quantization_version": QUANTIZATION_VERSION,
    }


def _size_label(num_params: int) -> str:
    for unit, letter in ((10**9, "B"), (10**6, "M")):
        if num_params >= unit:
            return f"{num_params / unit:.3g}{letter}"
    return f"{num_params / 1000:.3g}K"


def _type_of(tensor: PlannedTensor, dtype: GgufType) -> GgufType:
    if len(tensor.shape) == 1 or any(word in tensor.name for word in KEPT_EXACT):
        return "f32"
    if dtype == "q8_0" and tensor.shape[-1] % BLOCK_WIDTH:
        return "f16"
    return dtype


def _notes(
    dtype: GgufType, types: Mapping[str, GgufType], planned: list[PlannedTensor]
) -> list[str]:
    widths = {tensor.name: tensor.shape[-1] for tensor in planned}
    others = [name for name, kind in types.items() if dtype == "q8_0" and kind == "f16"]
    if not others:
        return []
    return [
        t(
            "{count} tensors stay in f16: q8_0 needs rows of a multiple of {block} numbers, and"
            " those of {name} have {width}",
            count=len(others),
            block=BLOCK_WIDTH,
            name=others[0],
            width=widths[others[0]],
        )
    ]


def _add_keys(writer: Any, keys: Mapping[str, Any]) -> None:
    for key, value in keys.items():
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, float):
            writer.add_float32(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        else:
            writer.add_array(key, value)


def _write_tensors(
    gguf: Any,
    writer: Any,
    planned: list[PlannedTensor],
    types: Mapping[str, GgufType],
    report: Report | None,
) -> None:
    """Write the directory of tensors, then each tensor, which is made and forgotten in its turn."""
    for tensor in planned:
        kind = gguf.GGMLQuantizationType[types[tensor.name].upper()]
        block_width, block_bytes = gguf.GGML_QUANT_SIZES[kind]
        num_bytes = math.prod(tensor.shape) // block_width * block_bytes
        writer.add_tensor_info(tensor.name, tensor.shape, None, num_bytes, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for number, tensor in enumerate(planned, start=1):
        kind = gguf.GGMLQuantizationType[types[tensor.name].upper()]
        values = tensor.build().detach().float().contiguous().numpy()
        writer.write_tensor_data(gguf.quants.quantize(values, kind))
        if report is not None:
            report(t("{done} of {total} tensors written", done=number, total=len(planned)))
