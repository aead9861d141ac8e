"""The fields of PEFT's `adapter_config.json`: written from an adapter, and read strictly.

What changes the numbers and is not built here is refused by name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from yanmo.checkpoint.adapter_matrices import Matrices
from yanmo.checkpoint.adapter_names import AdapterNames
from yanmo.core.errors import CheckpointError
from yanmo.core.messages import t
from yanmo.models.families.task_forms import BERT_POOLER
from yanmo.models.task_head import ROW_KINDS
from yanmo.nn.lora import LoRALinear

CONFIG_NAME = "adapter_config.json"
_TASK_TYPES = {
    "classification": "SEQ_CLS",
    "regression": "SEQ_CLS",
    "tagging": "TOKEN_CLS",
    "spans": "QUESTION_ANS",
}
_PLAIN: dict[str, tuple[Any, ...]] = {
    "bias": ("none", None),
    "use_dora": (False, None),
    "use_qalora": (False, None),
    "lora_bias": (False, None),
    "layer_replication": (None,),
    "trainable_token_indices": (None,),
    "target_parameters": (None, []),
    "use_bdlora": (None, False),
    "kasa_config": (None,),
    "monteclora_config": (None,),
    "init_lora_weights": (True, False, None, "gaussian", "orthogonal", "eva"),
}
"""Fields of PEFT's that change the numbers, and the values with which they do not."""


def peft_config(
    names: AdapterNames, matrices: Mapping[str, Matrices], first: LoRALinear, base: str | None
) -> dict[str, Any]:
    """The fields for an adapter.

    Args:
        names: the layers of the adapted model.
        matrices: of the adapted layers, by their names there.
        first: any adapted layer; dropout and kind of scale are one for all.
        base: where the base model lies.
    """
    ranks = Counter(each.rank for each in matrices.values())
    rank = ranks.most_common(1)[0][0]
    alpha = next(each.alpha for each in matrices.values() if each.rank == rank)
    heads: list[str] = []
    task_type = {"causal": "CAUSAL_LM", "seq2seq": "SEQ_2_SEQ_LM"}.get(names.backbone.kind)
    if names.specs:
        task_type = _TASK_TYPES[names.specs[0].kind] if names.form is not None else None
    if names.form is not None:
        is_pooled = names.specs[0].kind in ROW_KINDS
        for ours, theirs in names.form.head_names:
            if ours == "out_proj" or is_pooled:
                heads.append("pooler" if theirs == BERT_POOLER else theirs.split(".")[0])
    return {
        "peft_type": "LORA",
        "task_type": task_type,
        "base_model_name_or_path": base,
        "inference_mode": True,
        "r": rank,
        "lora_alpha": alpha,
        "lora_dropout": first.dropout,
        "use_rslora": first.is_rank_stabilised,
        "target_modules": _targets(names, matrices),
        "rank_pattern": _pattern({name: each.rank for name, each in matrices.items()}, rank),
        "alpha_pattern": _pattern({name: each.alpha for name, each in matrices.items()}, alpha),
        "modules_to_save": sorted(set(heads)) or None,
        "fan_in_fan_out": names.is_fused,
        "bias": "none",
        "init_lora_weights": True,
        "use_dora": False,
    }


def _targets(names: AdapterNames, matrices: Iterable[str]) -> list[str]:
    """The ends of names that choose just the adapted layers; whole names where no ends do."""
    chosen = set(matrices)
    ends = sorted({_end(name) for name in chosen})
    others = set(names.theirs.values()) - chosen
    if any(name.endswith(tuple(f".{end}" for end in ends)) for name in others):
        return sorted(chosen)
    return ends


def _pattern(values: Mapping[str, float], usual: float) -> dict[str, float]:
    """What is not usual, by the ends of names where all that end so are alike."""
    by_end: dict[str, set[float]] = {}
    for name, value in values.items():
        by_end.setdefault(_end(name), set()).add(value)
    return {
        _end(name) if len(by_end[_end(name)]) == 1 else name: value
        for name, value in values.items()
        if value != usual
    }


def _end(name: str) -> str:
    """What stands behind the last number of a name."""
    return re.sub(r"^.*\.\d+\.", "", name)


def check_features(config: Mapping[str, Any], path: Path) -> None:
    """Refuse another kind of adapter, and what changes the numbers and is not built here.

    Raises:
        CheckpointError: names the field.
    """
    if config.get("peft_type") != "LORA":
        raise CheckpointError(
            t("an adapter of kind {kind} is not known", kind=repr(config.get("peft_type"))),
            where=str(path),
            hint=t("Known kinds: {names}.", names="LORA"),
        )
    for name, plain in _PLAIN.items():
        if config.get(name) not in plain:
            raise CheckpointError(
                t("this adapter has a feature that is not supported"),
                where=str(path),
                why=f"{name} = {config[name]!r}",
            )


def alpha_of(config: Mapping[str, Any], stem: str, path: Path) -> float:
    """The alpha of the layer `stem`, as PEFT finds it: the first pattern that matches the end of
    the name, or the usual one.

    Args:
        config: the fields.
        stem: the layer's name there.
        path: a file of the folder, for messages.

    Raises:
        CheckpointError: there is none.
    """
    try:
        for pattern, alpha in (config.get("alpha_pattern") or {}).items():
            if re.match(rf"(.*\.)?({pattern})$", stem):
                return float(alpha)
        return float(config["lora_alpha"])
    except (KeyError, TypeError, ValueError, AttributeError, re.error) as error:
        where = str(path.with_name(CONFIG_NAME))
        raise CheckpointError(
            t("this file describes no adapter that can be built"), where=where, why=str(error)
        ) from error
