"""What an ONNX graph of each kind of model takes and gives.

Inputs and outputs carry the names that Hugging Face's tools use, so that code written for their
exports runs ours. No graph has a key-value cache: it reads whole sequences. Knows no files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from yanmo.models.language_model import LanguageModel

EXAMPLE_LENGTH = 7
"""Positions of the example that is traced; every other length works as well."""
Shapes = dict[str, dict[int, Any]]


@dataclass(frozen=True)
class Graph:
    """A model as one function of named tensors.

    Attributes:
        module: takes the inputs in their order, gives a tuple of the outputs.
        inputs: an example of each input, (B, T) or (B, S) int64.
        outputs: names of the outputs.
        lengths: which symbolic length the second dimension of each input has.
    """

    module: nn.Module
    inputs: dict[str, torch.Tensor]
    outputs: list[str]
    lengths: dict[str, str]

    def dynamic_shapes(self, max_length: int) -> Shapes:
        """Symbolic sizes of all inputs, by dimension."""
        batch = torch.export.Dim("batch", min=1)
        lengths = {
            name: torch.export.Dim(name, min=1, max=max_length)
            for name in dict.fromkeys(self.lengths.values())
        }
        return {name: {0: batch, 1: lengths[self.lengths[name]]} for name in self.inputs}


class CausalGraph(nn.Module):
    """Scores of the next token at every position. Padding may stand on either side."""

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """Scores (B, T, V) for ids (B, T) and a mask (B, T), 1 where a token is real."""
        positions = (attention_mask.cumsum(1) - 1).clamp(min=0)  # (B, T)
        output = self.model(tokens=input_ids, positions=positions, document_ids=attention_mask - 1)
        return (output.logits,)


class MaskedGraph(nn.Module):
    """An encoder's states, its scores of the token at every position where it has a head for them,
    and the pooled vector where there is one. Padding stands at the end."""

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, ...]:
        """States (B, T, D), and of scores (B, T, V) and the pooled vector (B, D) what there is, for
        (B, T) inputs."""
        output = self.model(
            tokens=input_ids, document_ids=attention_mask - 1, segments=token_type_ids
        )
        found = (output.hidden, output.scores, output.pooled)
        return tuple(tensor for tensor in found if tensor is not None)


class Seq2SeqGraph(nn.Module):
    """Scores of the next target token at every position. Padding stands at the end."""

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        decoder_input_ids: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        """Scores (B, T, V) for a source (B, S), its mask (B, S) and decoder inputs (B, T)."""
        output = self.model(
            tokens=decoder_input_ids,
            source_tokens=input_ids,
            source_mask=attention_mask.bool(),
        )
        return (output.logits,)


def build_graph(model: LanguageModel) -> Graph:
    """The graph of `model`, by its kind."""
    ids = torch.zeros(2, EXAMPLE_LENGTH, dtype=torch.long)  # (B, T)
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    lengths = dict.fromkeys(inputs, "sequence")
    if model.kind == "causal":
        return Graph(CausalGraph(model), inputs, ["logits"], lengths)
    if model.kind == "masked":
        if getattr(model.config, "num_segments", 0) > 1:
            inputs["token_type_ids"] = torch.zeros_like(ids)
            lengths["token_type_ids"] = "sequence"
        outputs = ["last_hidden_state"]
        outputs += ["logits"] if getattr(model.config, "has_mlm_head", True) else []
        outputs += ["pooler_output"] if getattr(model.config, "has_pooler", False) else []
        return Graph(MaskedGraph(model), inputs, outputs, lengths)
    inputs["decoder_input_ids"] = torch.zeros(2, EXAMPLE_LENGTH + 2, dtype=torch.long)  # (B, T)
    lengths["decoder_input_ids"] = "target_sequence"
    return Graph(Seq2SeqGraph(model), inputs, ["logits"], lengths)
