"""The C structures of `model.h`, and the functions of a compiled library, as ctypes knows them."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, c_float, c_int32, c_int64, c_void_p
from pathlib import Path
from typing import Any

from yanmo.core.messages import t
from yanmo.inference.native.unsupported import Unsupported

FORMATS = {"float32": 0, "bfloat16": 1, "int8": 2, "int4": 3}
ACTIVATIONS = {"silu": 0, "gelu": 1, "gelu_tanh": 2, "relu": 3}


class MatrixStructure(Structure):
    """`Matrix`: panels of 32 outputs."""

    _fields_ = (
        ("panels", c_void_p),
        ("bias", c_void_p),
        ("num_panels", c_int64),
        ("num_inputs", c_int64),
        ("panel_bytes", c_int64),
    )


class NormStructure(Structure):
    """`Norm`: its weight, and the bias of a LayerNorm."""

    _fields_ = (("weight", c_void_p), ("bias", c_void_p))


class LayerStructure(Structure):
    """`Layer`: one block."""

    _fields_ = (
        ("attn_norm", NormStructure),
        ("mlp_norm", NormStructure),
        ("q_norm", c_void_p),
        ("k_norm", c_void_p),
        ("qkv", MatrixStructure),
        ("out", MatrixStructure),
        ("up", MatrixStructure),
        ("down", MatrixStructure),
        ("window", c_int64),
    )


class ModelStructure(Structure):
    """`Model`: shape, weights and cache."""

    _fields_ = (
        ("num_layers", c_int64),
        ("d_model", c_int64),
        ("num_heads", c_int64),
        ("num_kv_heads", c_int64),
        ("head_dim", c_int64),
        ("d_ff", c_int64),
        ("vocab_size", c_int64),
        ("num_slots", c_int64),
        ("slot_tokens", c_int64),
        ("format", c_int64),
        ("cache_format", c_int64),
        ("is_layer_norm", c_int64),
        ("activation", c_int64),
        ("is_gated", c_int64),
        ("norm_eps", c_float),
        ("attention_scale", c_float),
        ("embedding_scale", c_float),
        ("score_scale", c_float),
        ("embed", c_void_p),
        ("embed_format", c_int64),
        ("positions", c_void_p),
        ("rotary_cos", c_void_p),
        ("rotary_sin", c_void_p),
        ("embed_norm", NormStructure),
        ("final_norm", NormStructure),
        ("layers", POINTER(LayerStructure)),
        ("head", MatrixStructure),
        ("keys", c_void_p),
        ("values", c_void_p),
    )


class PieceStructure(Structure):
    """`Piece`: some tokens that one slot reads in a step."""

    _fields_ = (
        ("slot", c_int64),
        ("start", c_int64),
        ("num_tokens", c_int64),
        ("first_row", c_int64),
    )


def load_library(path: Path) -> Any | Unsupported:
    """The functions of the library at `path`, their types declared."""
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        return Unsupported(t("the compiled kernels cannot be loaded: {why}", why=error))
    library.yanmo_open.argtypes = [POINTER(ModelStructure), c_int64, c_int64]
    library.yanmo_open.restype = c_void_p
    library.yanmo_close.argtypes = [c_void_p]
    library.yanmo_close.restype = None
    library.yanmo_step.argtypes = [
        *(c_void_p, c_int64, POINTER(PieceStructure), POINTER(c_int32)),
        *(c_int64, POINTER(c_int32), c_void_p),
    ]
    library.yanmo_step.restype = None
    library.yanmo_copy.argtypes = [c_void_p, c_int64, c_int64, c_int64]
    library.yanmo_copy.restype = None
    return library
