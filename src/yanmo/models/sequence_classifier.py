"""A classifier of whole texts on top of a Transformer: ids in, a score for each class out.

In: an encoder or a decoder, pre-trained or not, and rows of one text each. Out: `scores` (B, C),
which belong to classes and have nothing to do with the vocabulary. Knows no class by name.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.models.decoder import Decoder
from yanmo.models.encoder import Encoder
from yanmo.models.initialization import EMBEDDING_STD
from yanmo.models.output import ModelOutput
from yanmo.nn.cross_entropy import IGNORED_LABEL

Pooling = Literal["cls", "mean", "pooler", "last"]
"""The state of the first token; the mean of the real ones; the encoder's own pooler; the state of
the last real token, which is the only one of a decoder that has read the whole text."""

_POOLINGS: dict[str, tuple[Pooling, ...]] = {
    "masked": ("cls", "mean", "pooler"),
    "causal": ("last", "mean"),
}


class SequenceClassifier(nn.Module):
    """`classifier(dropout(pool(model(tokens))))` (Devlin et al. 2019, section 4.1; with the last
    token of a decoder, Radford et al. 2018, section 3.2).

    With one label it is a regression: the score is a number and the loss its squared error.

    Args:
        model: gives the states; its weights are used as they are, and trained further.
        num_labels: classes C; 1 for a number.
        pooling: how a row becomes one vector; `mean` for an encoder and `last` for a decoder when
            left out.
        dropout: probability of dropping an element of that vector while training.

    Raises:
        ConfigError: the model cannot be pooled in this way.
    """

    def __init__(
        self,
        model: Encoder | Decoder,
        num_labels: int,
        pooling: Pooling | None = None,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        assert num_labels >= 1, f"{num_labels} labels"
        self.pooling: Pooling = pooling or ("mean" if model.kind == "masked" else "last")
        _check_pooling(model, self.pooling)
        self.model = model
        self.num_labels = num_labels
        self.dropout = dropout
        self.classifier = nn.Linear(model.config.d_model, num_labels, device=model.device)

    def init_classifier(self, seed: int) -> None:
        """Fill the classifier alone: a normal of deviation 0.02, bias zero. The model keeps what it
        has learned."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            fresh = torch.empty(self.classifier.weight.shape)
            self.classifier.weight.copy_(fresh.normal_(0.0, EMBEDDING_STD, generator=generator))
            self.classifier.bias.zero_()

    def num_params(self) -> int:
        """Parameters, tied weights counted once."""
        return sum(parameter.numel() for parameter in self.parameters())

    def flops_per_token(self, seq_len: int | None = None) -> int:
        """Training FLOPs for one token; a decoder's output projection, which is not used, is not
        counted."""
        flops = self.model.flops_per_token(seq_len)
        head = 6 * self.model.config.vocab_size * self.model.config.d_model
        return flops - head if self.model.kind == "causal" else flops

    def forward(
        self,
        tokens: torch.Tensor,
        mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        class_weights: torch.Tensor | None = None,
        segments: torch.Tensor | None = None,
    ) -> ModelOutput:
        """Score the classes of every row, and sum the loss where there are labels.

        Args:
            tokens: (B, T) ids; a row is one text, padding at its end.
            mask: (B, T), True where a token is real; all when left out.
            labels: (B,) classes, -100 for none, or (B, C) their probabilities; numbers (B,) where
                there is one label.
            class_weights: (C,), factors on the loss of each class; one each when left out.
            segments: (B, T) rows of an encoder's segment embedding; the first when left out.

        Returns:
            `hidden` (B, T, D), `pooled` (B, D), `scores` (B, C), and with labels `loss_sum`, in
            nats or in squared units of a number.
        """
        if mask is None:
            mask = torch.ones_like(tokens, dtype=torch.bool)
        output = self._states(tokens, mask, segments)
        pooled = self._pool(output, mask)
        scores = self.classifier(F.dropout(pooled, self.dropout, self.training))
        loss_sum = None
        if labels is not None:
            loss_sum = self._loss_sum(scores.float(), labels, class_weights)
        return ModelOutput(hidden=output.hidden, scores=scores, loss_sum=loss_sum, pooled=pooled)

    def _states(
        self, tokens: torch.Tensor, mask: torch.Tensor, segments: torch.Tensor | None
    ) -> ModelOutput:
        inputs = {"tokens": tokens, "document_ids": torch.where(mask, 0, -1)}
        if segments is not None:
            assert self.model.kind == "masked", "a decoder has no segments"
            inputs["segments"] = segments
        return self.model(**inputs, has_scores=False)  # type: ignore[no-any-return]

    def _pool(self, output: ModelOutput, mask: torch.Tensor) -> torch.Tensor:
        """(B, D); a row that is padding alone gives its first state, or zeros as a mean."""
        hidden = output.hidden
        if self.pooling == "pooler":
            assert output.pooled is not None, "checked when the classifier was built"
            return output.pooled
        if self.pooling == "cls":
            return hidden[:, 0]
        lengths = mask.sum(1).clamp(min=1)  # (B,)
        if self.pooling == "last":
            return hidden[torch.arange(len(hidden), device=hidden.device), lengths - 1]
        sums = (hidden * mask[..., None]).sum(1)
        return sums / lengths[:, None].to(sums.dtype)

    def _loss_sum(
        self, scores: torch.Tensor, labels: torch.Tensor, class_weights: torch.Tensor | None
    ) -> torch.Tensor:
        if self.num_labels == 1:
            assert class_weights is None, "a number has no classes to weigh"
            return (scores.flatten() - labels.flatten().float()).square().sum()
        return F.cross_entropy(
            scores,
            labels if labels.ndim == 1 else labels.float(),
            weight=class_weights,
            ignore_index=IGNORED_LABEL,
            reduction="sum",
        )


def _check_pooling(model: Encoder | Decoder, pooling: Pooling) -> None:
    if pooling not in _POOLINGS[model.kind]:
        raise ConfigError(
            t('a {kind} model cannot be pooled by "{pooling}"', kind=model.kind, pooling=pooling),
            hint=t("Use one of: {names}.", names=", ".join(_POOLINGS[model.kind])),
        )
    if pooling == "pooler" and not model.config.has_pooler:
        raise ConfigError(
            t("this encoder has no pooler"),
            hint=t('Pool by "mean" or "cls", or build the encoder with one.'),
        )
