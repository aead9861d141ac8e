"""Rotary positions in `config.json`, in the spellings of transformers 4 and of transformers 5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yanmo.models.transformer_config import TransformerConfig
from yanmo.nn.rotary_scaling import RotaryScaling

DEFAULT_THETA = 10000.0
_FIELDS = {
    "original_max_seq_len": "original_max_position_embeddings",
    "beta_fast": "beta_fast",
    "beta_slow": "beta_slow",
    "attention_factor": "attention_factor",
    "low_freq_factor": "low_freq_factor",
    "high_freq_factor": "high_freq_factor",
}
"""Our fields of a scaling, and theirs."""
_READ_BY = {
    "linear": (),
    "yarn": ("original_max_seq_len", "beta_fast", "beta_slow", "attention_factor"),
    "llama3": ("original_max_seq_len", "low_freq_factor", "high_freq_factor"),
}


def rope_to_hf(config: TransformerConfig) -> dict[str, Any]:
    """`rope_theta` and `rope_scaling` for version 4, `rope_parameters` for version 5."""
    scaling = config.rope_scaling
    described: dict[str, Any] = {"rope_type": "default"}
    if scaling is not None:
        given = {name: getattr(scaling, name) for name in _READ_BY[scaling.kind]}
        described = {"rope_type": scaling.kind, "factor": scaling.factor} | {
            _FIELDS[name]: value for name, value in given.items() if value is not None
        }
    return {
        "rope_theta": config.rope_theta,
        "rope_scaling": None if scaling is None else described,
        "rope_parameters": {"rope_theta": config.rope_theta} | described,
    }


def rope_from_hf(fields: Mapping[str, Any]) -> dict[str, Any]:
    """`rope_theta` and `rope_scaling` of a shape, from either spelling.

    Raises:
        ValueError: a kind of scaling that we do not have.
    """
    described: dict[str, Any] = {}
    for spelling in ("rope_parameters", "rope_scaling"):  # the second wins, as in transformers
        given = dict(fields.get(spelling) or {})
        if "type" in given:  # what transformers called it before 4.45
            given.setdefault("rope_type", given.pop("type"))
        described |= given
    part = described.get("partial_rotary_factor") or fields.get("partial_rotary_factor") or 1.0
    if part != 1.0:
        raise ValueError(f"partial_rotary_factor {part}")
    theta = described.get("rope_theta") or fields.get("rope_theta") or DEFAULT_THETA
    kind = described.get("rope_type") or "default"
    if kind == "default":
        return {"rope_theta": theta}
    if kind not in _READ_BY:
        raise ValueError(f"rope_type {kind!r}")
    unknown = [name for name in ("mscale", "mscale_all_dim") if described.get(name)]
    if unknown or described.get("truncate") is False:
        raise ValueError(f"rope_type {kind!r} with {', '.join(unknown) or 'truncate = false'}")
    taken = {
        name: described[_FIELDS[name]]
        for name in _READ_BY[kind]
        if described.get(_FIELDS[name]) is not None
    }
    if kind != "linear":
        taken.setdefault("original_max_seq_len", fields["max_position_embeddings"])
    factor = described.get("factor")
    if factor is None and kind == "yarn":  # as transformers derives it
        factor = fields["max_position_embeddings"] / taken["original_max_seq_len"]
    if factor is None:
        raise ValueError(f"rope_type {kind!r} without a factor")
    scaling = RotaryScaling.model_validate({"kind": kind, "factor": factor} | taken)
    return {"rope_theta": theta, "rope_scaling": scaling}
