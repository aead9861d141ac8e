"""What BERT and RoBERTa share in Hugging Face's form: names of weights and fields of `config.json`.

A folder may hold the bare body, or heads beside it. Its `architectures` say which, but not always
rightly (that of the published BERT names a model without the pooler that the file holds), so that
where there are weights their names decide.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch

from yanmo.models.families.kinds import FAMILY_KINDS
from yanmo.models.families.names import NameTable, rename, reverse
from yanmo.models.families.output_heads import drop_tied_head
from yanmo.models.transformer_config import TransformerConfig

Heads = tuple[bool, bool, bool]
"""Whether there is a head for hidden tokens, a pooler, and a head for the next sentence."""

_BODY: NameTable = [
    ("embed", "embeddings.word_embeddings"),
    ("embed_positions", "embeddings.position_embeddings"),
    ("embed_segments", "embeddings.token_type_embeddings"),
    ("embed_norm", "embeddings.LayerNorm"),
    ("blocks.{}.attn.q_proj", "encoder.layer.{}.attention.self.query"),
    ("blocks.{}.attn.k_proj", "encoder.layer.{}.attention.self.key"),
    ("blocks.{}.attn.v_proj", "encoder.layer.{}.attention.self.value"),
    ("blocks.{}.attn.o_proj", "encoder.layer.{}.attention.output.dense"),
    ("blocks.{}.attn_norm", "encoder.layer.{}.attention.output.LayerNorm"),
    ("blocks.{}.mlp.up_proj", "encoder.layer.{}.intermediate.dense"),
    ("blocks.{}.mlp.down_proj", "encoder.layer.{}.output.dense"),
    ("blocks.{}.mlp_norm", "encoder.layer.{}.output.LayerNorm"),
    ("pooler", "pooler.dense"),
]
_BUFFERS = ("embeddings.position_ids", "embeddings.token_type_ids")
"""Tables of numbers that folders of older versions hold and that no model needs."""
_OLD_SUFFIXES = {"gamma": "weight", "beta": "bias"}
"""What the norms' parameters are called in files that were made from the first published code."""
_ACTIVATIONS: dict[str, Literal["gelu", "gelu_tanh", "relu"]] = {
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "relu": "relu",
}


@dataclass(frozen=True)
class EncoderLayout:
    """The names of one family.

    Attributes:
        family: ours.
        head_names: names of the heads outside the body.
        head_bias: the name of the output projection's bias.
        architectures: by heads, the class in transformers that has them. Where several heads have
            one class, the first are those that a folder without weights is taken to have.
    """

    family: Literal["bert", "roberta"]
    head_names: NameTable
    head_bias: str
    architectures: Mapping[Heads, str]

    @property
    def decoder(self) -> str:
        """The stem of the output projection's own names."""
        return dict(self.head_names)["lm_head"]

    def to_hf_config(self, config: TransformerConfig) -> dict[str, Any]:
        """The fields that both families have."""
        heads = (config.has_mlm_head, config.has_pooler, config.has_next_sentence)
        return {
            "architectures": [self.architectures[heads]],
            "model_type": self.family,
            "vocab_size": config.vocab_size,
            "hidden_size": config.d_model,
            "intermediate_size": config.d_ff,
            "num_hidden_layers": config.num_layers,
            "num_attention_heads": config.num_heads,
            "hidden_act": _name_of(config.activation),
            "hidden_dropout_prob": config.dropout,
            "attention_probs_dropout_prob": config.dropout,
            "max_position_embeddings": config.max_seq_len,
            "position_embedding_type": "absolute",
            "type_vocab_size": config.num_segments,
            "layer_norm_eps": config.norm_eps,
            "tie_word_embeddings": config.tie_embeddings,
        } | ({} if config.pad_id is None else {"pad_token_id": config.pad_id})

    def from_hf_config(self, fields: Mapping[str, Any], **more: Any) -> TransformerConfig:
        """The shape that the shared fields describe; `more` are those of the family alone.

        Raises:
            KeyError: a field is missing.
            ValueError: the folder uses a feature that these families do not have here.
        """
        _check_features(fields)
        has_mlm_head, has_pooler, has_next_sentence = self._heads_named(fields)
        d_model, num_heads = fields["hidden_size"], fields["num_attention_heads"]
        kinds = FAMILY_KINDS[self.family] | {
            "norm_eps": fields.get("layer_norm_eps", 1e-12),
            "activation": _ACTIVATIONS[fields.get("hidden_act", "gelu")],
            "num_segments": fields.get("type_vocab_size", 2),
            "max_seq_len": fields.get("max_position_embeddings", 512),
            "has_mlm_head": has_mlm_head,
            "has_pooler": has_pooler,
            "has_next_sentence": has_next_sentence,
        }
        return TransformerConfig(
            family=self.family,
            vocab_size=fields["vocab_size"],
            d_model=d_model,
            d_ff=fields["intermediate_size"],
            num_layers=fields["num_hidden_layers"],
            num_heads=num_heads,
            num_kv_heads=num_heads,
            head_dim=d_model // num_heads,
            dropout=fields.get("hidden_dropout_prob", 0.1),
            tie_embeddings=fields.get("tie_word_embeddings", True) or not has_mlm_head,
            **(kinds | more),
        )

    def with_heads(self, config: TransformerConfig, names: Collection[str]) -> TransformerConfig:
        """`config` with the heads whose weights are among `names` of a file, and no others."""
        theirs = {part for name in names for part in _parents(name)}
        has_mlm_head = self.head_bias.rpartition(".")[0] in theirs
        heads = {
            "has_mlm_head": has_mlm_head,
            "has_pooler": bool(theirs & {"pooler.dense", f"{self.family}.pooler.dense"}),
            "has_next_sentence": "cls.seq_relationship" in theirs,
            "tie_embeddings": config.tie_embeddings or not has_mlm_head,
        }
        return TransformerConfig.model_validate(dict(config) | heads)

    def to_hf_state(
        self, config: TransformerConfig, state: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Weights under Hugging Face's names, without the body's prefix where there is no head."""
        named = rename(drop_tied_head(config, state), self.table(self.body_prefix(config)))
        bias = f"{self.decoder}.bias"
        if bias in named:
            named[self.head_bias] = named[bias].clone()
            if config.tie_embeddings:  # tied with the weight there, and stored once
                del named[bias]
        return named

    def from_hf_state(self, state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Weights under our names, from any version's names.

        Raises:
            KeyError: a name that the family does not have.
        """
        bias = f"{self.decoder}.bias"
        known: dict[str, torch.Tensor] = {}
        for name, tensor in state.items():
            stem, _, suffix = name.rpartition(".")
            full = f"{stem}.{_OLD_SUFFIXES.get(suffix, suffix)}" if "LayerNorm" in stem else name
            if full.removeprefix(f"{self.family}.").startswith(_BUFFERS):
                continue
            if full.startswith(("embeddings.", "encoder.", "pooler.")):
                full = f"{self.family}.{full}"
            if full == self.head_bias:  # of two copies the projection's own is the one in use
                known.setdefault(bias, tensor)
            else:
                known[full] = tensor
        return rename(known, reverse(self.table(f"{self.family}.")))

    def body_prefix(self, config: TransformerConfig) -> str:
        """What stands before the names of the body: nothing where there is no head."""
        return f"{self.family}." if config.has_mlm_head or config.has_next_sentence else ""

    def table(self, prefix: str) -> NameTable:
        """Our names and theirs, with `prefix` before those of the body."""
        return [(ours, prefix + theirs) for ours, theirs in _BODY] + self.head_names

    def _heads_named(self, fields: Mapping[str, Any]) -> Heads:
        name = (fields.get("architectures") or [None])[0]
        found = [heads for heads, known in self.architectures.items() if known == name]
        return found[0] if found else (True, False, False)


def _check_features(fields: Mapping[str, Any]) -> None:
    """Refuse what changes the numbers and is not built here.

    Raises:
        ValueError: naming the field.
    """
    for name, plain in (
        ("position_embedding_type", ("absolute", None)),
        ("is_decoder", (False, None)),
        ("add_cross_attention", (False, None)),
        ("pruned_heads", ({}, None)),
    ):
        if fields.get(name) not in plain:
            raise ValueError(f"{name} = {fields[name]!r}")
    if fields.get("hidden_act", "gelu") not in _ACTIVATIONS:
        raise ValueError(f"hidden_act {fields['hidden_act']!r}")


def _name_of(activation: str) -> str:
    return next(theirs for theirs, ours in _ACTIVATIONS.items() if ours == activation)


def _parents(name: str) -> list[str]:
    """`a.b.weight` to `a` and `a.b`."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]
