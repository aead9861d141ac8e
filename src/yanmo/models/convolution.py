"""A convolutional language model: gated causal convolutions (Dauphin et al. 2017).

In: token ids and which document each belongs to. Out: scores of the next token at every position,
or their loss. A prediction sees `config.receptive_field()` tokens, all of its own document.
"""

from __future__ import annotations

from typing import Literal, cast

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.models.convolution_config import ConvolutionConfig
from yanmo.models.initialization import initialize, transformer_value
from yanmo.models.language_model import LanguageModel
from yanmo.models.output import ModelOutput
from yanmo.nn.causal_convolution import GatedConvolution, WindowCache
from yanmo.nn.norm import build_norm


class ConvolutionModel(LanguageModel):
    """A causal language model that looks back a fixed number of tokens.

    Args:
        config: the full shape.
    """

    kind: Literal["causal"] = "causal"
    config: ConvolutionConfig

    def __init__(self, config: ConvolutionConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.blocks = nn.ModuleList(
            GatedConvolution(
                d_model=config.d_model,
                d_ff=config.d_ff,
                kernel_size=config.kernel_size,
                dilation=config.dilation(layer),
                norm=build_norm("layer_norm", config.d_model, config.norm_eps),
                dropout=config.dropout,
            )
            for layer in range(config.num_layers)
        )
        self.final_norm = build_norm("layer_norm", config.d_model, config.norm_eps)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.tie_weights()

    def init_weights(self, seed: int) -> None:
        """Fill every parameter from a seed of its own, by the rule for Transformers: the stream is
        the same, and `down_proj` writes into it."""
        initialize(self, seed, transformer_value(self.config.num_layers))

    def build_cache(self, batch_size: int, max_seq_len: int | None = None) -> WindowCache:
        """An empty cache; it takes the size of the batch from the first call, and keeps a window
        of each layer however long the text."""
        assert batch_size >= 1, "a batch has at least one row"
        assert max_seq_len is None or max_seq_len >= 1, "a sequence has at least one position"
        return WindowCache()

    def forward(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor | None = None,
        document_ids: torch.Tensor | None = None,
        cache: WindowCache | None = None,
        labels: torch.Tensor | None = None,
        label_smoothing: float = 0.0,
        has_scores: bool = True,
    ) -> ModelOutput:
        """Score the next token at every position, or sum the loss against `labels`.

        Args:
            tokens: (B, T) ids.
            positions: taken as every model takes them; only the order of the tokens counts here.
            document_ids: (B, T); what belongs to another number is not seen. One document when
                left out.
            cache: what earlier tokens left in each layer; this pass adds its own.
            labels: (B, T) ids to be predicted, already shifted, -100 where none is; the output
                then carries `loss_sum` and no logits.
            label_smoothing: share of the target's probability that is spread over all entries.
            has_scores: False gives hidden states alone, where there are no labels.
        """
        assert positions is None or positions.shape == tokens.shape, "one position for each token"
        assert cache is None or document_ids is None, "a cache holds one document per row"
        x = F.dropout(self.embed(tokens), self.config.dropout, self.training)  # (B, T, D)
        for layer, block in enumerate(self.blocks):
            x = cast(GatedConvolution, block)(x, document_ids, cache, layer)
        if cache is not None:
            cache.advance(tokens.shape[1])
        hidden = self.final_norm(x)
        if labels is None and not has_scores:
            return ModelOutput(hidden=hidden)
        return self.predict(hidden, labels, label_smoothing)
