"""A convolutional classifier of texts (Kim 2014).

In: token ids and which of them are real. Out: one score for each class. Filters of several widths
slide over the text; of each only its greatest answer counts, wherever in the text it was.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.models.convolution_config import TextCNNConfig
from yanmo.models.initialization import initialize
from yanmo.models.output import ModelOutput
from yanmo.models.weight_count import count_weights

EMBEDDING_STD = 0.1


class TextCNN(nn.Module):
    """Embeddings, filters, the maximum over time, one linear layer.

    Args:
        config: the full shape.
    """

    def __init__(self, config: TextCNNConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.filters = nn.ModuleList(
            nn.Conv1d(config.d_model, config.num_filters, width) for width in config.filter_widths
        )
        self.classifier = (
            nn.Linear(self.num_features, config.num_classes) if config.num_classes else None
        )

    @property
    def num_features(self) -> int:
        """Width of what the filters say of a text."""
        return len(self.config.filter_widths) * self.config.num_filters

    def init_weights(self, seed: int) -> None:
        """Fill every parameter from a seed of its own: embeddings from a normal of deviation 0.1,
        matrices of variance 1 / fan-in, biases zero."""
        initialize(self, seed, _initial_value)

    def num_params(self) -> int:
        """Parameters."""
        return count_weights(self.parameters())

    def flops_per_token(self) -> int:
        """Training FLOPs for one token; see `TextCNNConfig.flops_per_token`."""
        return self.config.flops_per_token()

    def forward(
        self,
        tokens: torch.Tensor,
        mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        class_weights: torch.Tensor | None = None,
    ) -> ModelOutput:
        """Score the classes (Kim 2014, eq. 1-3), and sum the loss where there are labels.

        Padding stands at the end and changes nothing: a filter looks at windows of real tokens
        only, and at one window filled up with zeros where the text is shorter than the filter.

        Args:
            tokens: (B, T) ids.
            mask: (B, T), True where a token is real; all when left out.
            labels: (B,) classes, or (B, C) their probabilities.
            class_weights: (C,), factors on the loss of each class; one each when left out.

        Returns:
            `hidden` (B, T, D) the embeddings, `pooled` (B, features), where there are classes
            `scores` (B, C), and with labels `loss_sum` in nats.
        """
        if mask is None:
            mask = torch.ones_like(tokens, dtype=torch.bool)
        x = self.embed(tokens) * mask[..., None]  # (B, T, D)
        features = [
            _greatest_answers(x, mask, filters, width)
            for filters, width in zip(self.filters, self.config.filter_widths, strict=True)
        ]
        pooled = torch.cat(features, dim=1)  # (B, features)
        if self.classifier is None:
            assert labels is None, "without classes there is no loss"
            return ModelOutput(hidden=x, pooled=pooled)
        scores = self.classifier(F.dropout(pooled, self.config.dropout, self.training))
        loss_sum = None
        if labels is not None:
            loss_sum = F.cross_entropy(scores, labels, weight=class_weights, reduction="sum")
        return ModelOutput(hidden=x, scores=scores, loss_sum=loss_sum, pooled=pooled)


def _greatest_answers(
    x: torch.Tensor, mask: torch.Tensor, filters: nn.Module, width: int
) -> torch.Tensor:
    """max over time of relu(w . x[t : t + width] + b): (B, T, D) to (B, filters)."""
    missing = max(0, width - x.shape[1])
    x = F.pad(x, (0, 0, 0, missing))  # (B, T, D), T >= width
    mask = F.pad(mask, (0, missing))
    answers = F.relu(filters(x.transpose(1, 2)))  # (B, filters, T - width + 1)
    is_whole = mask[:, width - 1 :].clone()  # by its last token, since padding stands at the end
    is_whole[:, 0] = True
    # No answer is below zero, so that zero hides those to padding.
    greatest: torch.Tensor = answers.masked_fill(~is_whole[:, None], 0.0).amax(2)
    return greatest


def _initial_value(name: str, parameter: nn.Parameter, generator: torch.Generator) -> torch.Tensor:
    if name.endswith("bias"):
        return torch.zeros(parameter.shape)
    std = EMBEDDING_STD if name.startswith("embed") else 1.0 / math.sqrt(parameter[0].numel())
    return torch.empty(parameter.shape).normal_(0.0, std, generator=generator)
