"""One head of a task model: hidden states in, scores of classes, a number, tags or a span out.

A `HeadSpec` says what a head predicts; `TaskHead` holds its weights. Knows no backbone: it is told
the width of the states, and whether the first state comes through a layer of the head's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.models.initialization import EMBEDDING_STD
from yanmo.nn.cross_entropy import IGNORED_LABEL
from yanmo.nn.linear_chain import LinearChain, Tags, best_path, broken_bio, gather_chains

HeadKind = Literal["classification", "regression", "tagging", "spans"]
Pooling = Literal["cls", "mean", "max", "pooler", "last"]
"""The state of the first token; the mean, or the greatest of each element, of the real ones; the
first state through a dense layer and a tanh, which is the encoder's own pooler where it has one;
the state of the last real token, which is the only one of a decoder that has read the whole text.
"""

ROW_KINDS: tuple[HeadKind, ...] = ("classification", "regression")
"""Heads that score whole rows; the others score every token."""


@dataclass(frozen=True)
class HeadSpec:
    """What a head predicts.

    Attributes:
        name: stable name, one for each head of a model.
        kind: a class of a row, a number of a row, a tag of each token, or where a span begins and
            ends.
        labels: classes or tags in the order of their scores; empty for numbers and spans.
        pooling: how a row becomes one vector; the model chooses when left out.
        dropout: probability of dropping an element of what the head reads while training.
        has_crf: score whole sequences of tags (`nn.linear_chain`).

    Raises:
        ConfigError: parts that do not go together.
    """

    name: str
    kind: HeadKind
    labels: tuple[str, ...] = ()
    pooling: Pooling | None = None
    dropout: float = 0.1
    has_crf: bool = False

    def __post_init__(self) -> None:
        needs_labels = self.kind in ("classification", "tagging")
        if needs_labels and (len(self.labels) < 2 or len(set(self.labels)) < len(self.labels)):
            raise ConfigError(
                t("head {name} needs two labels or more, each once", name=self.name),
                why=t("it has: {labels}", labels=listed(self.labels) or "-"),
            )
        if self.labels and not needs_labels:
            raise ConfigError(
                t("head {name} of kind {kind} takes no labels", name=self.name, kind=self.kind)
            )
        if self.pooling is not None and self.kind not in ROW_KINDS:
            raise ConfigError(
                t('pooling = "{pooling}" has no effect in head {name}', **_names(self)),
                why=t("it scores every token by itself"),
            )
        if self.has_crf and self.kind != "tagging":
            raise ConfigError(
                t("head {name} of kind {kind} has no chain of tags", **_names(self)),
                hint=t("Leave has_crf out."),
            )

    @property
    def num_scores(self) -> int:
        """Scores for each row, or for each token."""
        return {"regression": 1, "spans": 2}.get(self.kind, len(self.labels))


class TaskHead(nn.Module):
    """`out_proj(dropout(states))`, behind `tanh(dense(dropout(states)))` where there is a layer of
    the head's own (Liu et al. 2019, in the form of its published code).

    A head that reads the last state has no bias, as its form in Hugging Face has none.

    Args:
        spec: what it predicts.
        d_input: width of the states.
        has_dense: whether the first state comes through a layer of the head's own.
    """

    def __init__(self, spec: HeadSpec, d_input: int, *, has_dense: bool) -> None:
        super().__init__()
        self.spec = spec
        self.dense = nn.Linear(d_input, d_input) if has_dense else None
        self.out_proj = nn.Linear(d_input, spec.num_scores, bias=spec.pooling != "last")
        self.chain = LinearChain(len(spec.labels)) if spec.has_crf else None

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """(..., D) to (..., scores)."""
        if self.dense is not None:
            states = F.dropout(states, self.spec.dropout, self.training)
            states = self.dense(states).tanh()
        states = F.dropout(states, self.spec.dropout, self.training)
        scores: torch.Tensor = self.out_proj(states)
        return scores

    def loss_sum(
        self,
        scores: torch.Tensor,
        labels: torch.Tensor,
        class_weights: torch.Tensor | None,
        document_ids: torch.Tensor | None,
    ) -> torch.Tensor:
        """The loss of all targets, summed, in nats or in squared units of a number.

        Args:
            scores: as `TaskModel.forward` gives them.
            labels: classes (B,) or their probabilities (B, C); numbers (B,); tags (B, T); first
                and last token of a span (B, 2). -100 for none, but for numbers.
            class_weights: (C,), factors on the loss of each class or tag.
            document_ids: (B, T), where a row holds several texts: no chain of tags joins two.
        """
        scores = scores.float()
        if self.spec.kind == "regression":
            assert class_weights is None, "a number has no classes to weigh"
            return (scores - labels.float()).square().sum()
        if self.spec.kind == "spans":
            assert class_weights is None, "places have no classes to weigh"
            both = F.cross_entropy(scores, labels, ignore_index=IGNORED_LABEL, reduction="sum")
            return both / 2  # one loss for each row, the mean of its two ends
        if self.chain is not None:
            assert class_weights is None, "a chain of tags has no weights for each"
            return self._chain_loss(self.chain, scores, labels, document_ids)
        if self.spec.kind == "tagging":
            scores, labels = scores.flatten(0, 1), labels.flatten()
        return F.cross_entropy(
            scores,
            labels.float() if labels.ndim == 2 else labels,
            weight=None if class_weights is None else class_weights.float(),
            ignore_index=IGNORED_LABEL,
            reduction="sum",
        )

    def decode(
        self,
        scores: torch.Tensor,
        is_counted: torch.Tensor,
        document_ids: torch.Tensor | None = None,
        *,
        is_bio: bool = True,
    ) -> Tags:
        """The best tags, (B, T) int64: -100 where no tag is asked for.

        Args:
            scores: (B, T, C) of a tagging head.
            is_counted: (B, T), True at the tokens that carry a tag, such as the first of a word.
            document_ids: (B, T), where a row holds several texts.
            is_bio: let no `I-` follow anything but its own `B-` or `I-`, where the labels are BIO
                tags; the best sequence of those is found, not repaired afterwards.
        """
        assert self.spec.kind == "tagging", f"a head of kind {self.spec.kind} gives no tags"
        forbidden = broken_bio(self.spec.labels) if is_bio else None
        if self.chain is None and forbidden is None:
            return scores.argmax(-1).masked_fill(~is_counted, IGNORED_LABEL)
        chains = gather_chains(is_counted, document_ids)
        best = best_path(chains.take(scores.float()), chains.mask, self.chain, forbidden)
        return chains.put_back(best, is_counted, fill=IGNORED_LABEL)

    def _chain_loss(
        self,
        chain: LinearChain,
        scores: torch.Tensor,
        labels: torch.Tensor,
        document_ids: torch.Tensor | None,
    ) -> torch.Tensor:
        chains = gather_chains(labels != IGNORED_LABEL, document_ids)
        tags = chains.take(labels[..., None])[..., 0]
        log_likelihood: torch.Tensor = chain(chains.take(scores), tags, chains.mask)
        return -log_likelihood.sum()


def initial_head_value(
    name: str, parameter: nn.Parameter, generator: torch.Generator
) -> torch.Tensor:
    """A normal of deviation 0.02 for matrices; zero for biases and for chains of tags."""
    if name.endswith("bias") or ".chain." in name or name.startswith("chain."):
        return torch.zeros(parameter.shape)
    return torch.empty(parameter.shape).normal_(0.0, EMBEDDING_STD, generator=generator)


def _names(spec: HeadSpec) -> dict[str, str]:
    return {"name": spec.name, "kind": spec.kind, "pooling": str(spec.pooling)}
