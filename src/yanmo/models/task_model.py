"""A model with heads: what a pre-trained backbone, or one that begins from scratch, says of texts.

In: token ids. Out: `scores` of one head: classes or a number of each row, a tag of each token, or
where a span begins and ends. Several heads share one backbone. Knows no class by its meaning, and
no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import torch
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.models.convolution import ConvolutionModel
from yanmo.models.decoder import Decoder
from yanmo.models.encoder import Encoder
from yanmo.models.encoder_decoder import EncoderDecoder
from yanmo.models.feed_forward import FeedForwardModel
from yanmo.models.initialization import initialize
from yanmo.models.output import ModelOutput
from yanmo.models.recurrent import RecurrentModel
from yanmo.models.recurrent_encoder import BidirectionalRecurrent
from yanmo.models.recurrent_seq2seq import RecurrentSeq2Seq
from yanmo.models.task_head import ROW_KINDS, HeadSpec, Pooling, TaskHead, initial_head_value
from yanmo.models.text_cnn import TextCNN
from yanmo.models.weight_count import count_weights

Causal = Decoder | RecurrentModel | ConvolutionModel | FeedForwardModel
Seq2Seq = EncoderDecoder | RecurrentSeq2Seq
Backbone = Encoder | Causal | Seq2Seq | BidirectionalRecurrent | TextCNN

POOLINGS: dict[str, tuple[Pooling, ...]] = {
    "masked": ("mean", "max", "cls", "pooler"),
    "causal": ("last", "mean", "max"),
    "seq2seq": ("mean", "max"),
    "bidirectional": ("max", "mean"),
    "features": (),
}
"""By kind of backbone, how its states become one vector; the first unless a head says otherwise. A
convolutional classifier pools by itself."""
_UNREAD: dict[str, tuple[str, ...]] = {
    "masked": ("lm_head", "mlm_head", "next_sentence_head"),
    "causal": ("lm_head",),
    "seq2seq": ("decoder", "cross_attn", "hidden_proj", "lm_head"),
}
"""Parts of a language model that no head reads; of an encoder-decoder everything but the
encoder."""


class TaskModel(nn.Module):
    """Heads on a backbone (Devlin et al. 2019, section 4; with the last token of a decoder, Radford
    et al. 2018, section 3.2).

    Parts of the backbone that no head reads, such as an output projection, are kept as they are and
    take no gradient.

    Args:
        backbone: gives the states; its weights are used as they are, and trained further.
        heads: what is predicted; one at least, with names that differ.

    Raises:
        ConfigError: a model that no head can stand on, or a head that does not fit the model.
    """

    def __init__(self, backbone: nn.Module, heads: Sequence[HeadSpec]) -> None:
        super().__init__()
        assert heads, "a task model has a head"
        if not isinstance(backbone, Backbone):
            kind = type(backbone).__name__
            raise ConfigError(t("no head can stand on a model of kind {kind}", kind=kind))
        names = [head.name for head in heads]
        if len(set(names)) < len(names):
            raise ConfigError(t("two heads have the same name: {names}", names=listed(names)))
        self.backbone: Backbone = backbone
        specs = [_resolved(spec, backbone) for spec in heads]
        self.heads = nn.ModuleList(
            TaskHead(
                spec,
                states_width(backbone),
                has_dense=spec.pooling == "pooler" and not has_pooler(backbone),
            )
            for spec in specs
        )
        self.heads.to(backbone.embed.weight.device)
        self._freeze_unused()

    @property
    def specs(self) -> tuple[HeadSpec, ...]:
        """What each head predicts, its pooling decided."""
        return tuple(cast(TaskHead, head).spec for head in self.heads)

    @property
    def config(self) -> Any:
        """The backbone's full shape."""
        return self.backbone.config

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.backbone.embed.weight.device

    def head(self, index: int | torch.Tensor = 0) -> TaskHead:
        """A head by its place."""
        return cast(TaskHead, self.heads[int(index)])

    def init_heads(self, seed: int) -> None:
        """Fill the heads alone, each weight from a seed of its own; the backbone keeps what it has
        learned."""
        initialize(self.heads, seed, initial_head_value)

    def num_params(self) -> int:
        """Parameters, tied weights counted once."""
        return count_weights(self.parameters())

    def flops_per_token(self, seq_len: int | None = None) -> int:
        """Training FLOPs for one token. A language model's output projection, which is not used,
        is not counted, nor are the heads, which are small; of an encoder-decoder the matrices of
        the encoder are."""
        if isinstance(self.backbone, TextCNN | BidirectionalRecurrent):
            return self.backbone.flops_per_token()
        if isinstance(self.backbone, Seq2Seq):
            matrices = [weight for weight in self.backbone.encoder.parameters() if weight.ndim > 1]
            return 6 * count_weights(matrices)
        flops = self.backbone.flops_per_token(seq_len)
        projection = 6 * self.config.vocab_size * self.config.d_model
        return flops - projection if self.backbone.kind == "causal" else int(flops)

    def forward(
        self,
        tokens: torch.Tensor,
        mask: torch.Tensor | None = None,
        segments: torch.Tensor | None = None,
        positions: torch.Tensor | None = None,
        document_ids: torch.Tensor | None = None,
        head: int | torch.Tensor = 0,
        labels: torch.Tensor | None = None,
        class_weights: torch.Tensor | None = None,
    ) -> ModelOutput:
        """Score rows or tokens by one head, and sum the loss where there are labels.

        Args:
            tokens: (B, T) ids; padding stands at the end of a row.
            mask: (B, T), True where a token is real; where `document_ids` are not -1, or everywhere
                when left out.
            segments: (B, T) rows of the segment embedding; the first when left out, and without
                effect in a backbone that does not tell segments apart (`num_segments`).
            positions: (B, T) position of each token in its text; 0, 1, 2 ... when left out.
            document_ids: (B, T), which text of its row each token belongs to, -1 for padding; for
                tagging alone, since other heads read a row as one text.
            head: which head, by its place.
            labels: what the head is to say; see `TaskHead.loss_sum`.
            class_weights: (C,), factors on the loss of each class or tag; one each when left out.

        Returns:
            `hidden` (B, T, D), of a head that scores rows `pooled` (B, D), and `scores`: classes
            (B, C), numbers (B,), tags (B, T, C), spans (B, T, 2) with the lowest number where there
            is padding. With labels `loss_sum`, in nats or in squared units of a number.
        """
        chosen = self.head(head)
        spec = chosen.spec
        assert spec.kind == "tagging" or document_ids is None, f"a row of {spec.name} is one text"
        if mask is None:
            mask = torch.ones_like(tokens, dtype=torch.bool)
            if document_ids is not None:
                mask = document_ids >= 0
        output = self._states(tokens, mask, segments, positions, document_ids)
        states = output.hidden
        if spec.kind in ROW_KINDS:
            output.pooled = states = self._pool(output, mask, spec.pooling)
        scores = chosen(states)
        if spec.kind == "regression":
            scores = scores[..., 0]
        elif spec.kind == "spans":
            scores = scores.masked_fill(~mask[..., None], torch.finfo(scores.dtype).min)
        loss_sum = None
        if labels is not None:
            loss_sum = chosen.loss_sum(scores, labels, class_weights, document_ids)
        return ModelOutput(
            hidden=output.hidden, scores=scores, loss_sum=loss_sum, pooled=output.pooled
        )

    def decode_tags(
        self,
        scores: torch.Tensor,
        is_counted: torch.Tensor,
        document_ids: torch.Tensor | None = None,
        head: int | torch.Tensor = 0,
        *,
        is_bio: bool = True,
    ) -> torch.Tensor:
        """The best tags by `scores` of a tagging head; see `TaskHead.decode`."""
        return self.head(head).decode(scores, is_counted, document_ids, is_bio=is_bio)

    @property
    def num_segments(self) -> int:
        """Segments that the backbone tells apart; 1 where it tells none."""
        return max(1, getattr(self.config, "num_segments", 0))

    def _states(
        self,
        tokens: torch.Tensor,
        mask: torch.Tensor,
        segments: torch.Tensor | None,
        positions: torch.Tensor | None,
        document_ids: torch.Tensor | None,
    ) -> ModelOutput:
        backbone = self.backbone
        if isinstance(backbone, TextCNN):
            return backbone(tokens, mask)  # type: ignore[no-any-return]
        if isinstance(backbone, Seq2Seq):
            assert document_ids is None, "an encoder-decoder reads one text in a row"
            return ModelOutput(hidden=backbone.encode(tokens, mask)[:, : tokens.shape[1]])
        inputs: dict[str, Any] = {"tokens": tokens, "positions": positions}
        if backbone.kind == "causal":
            # What stands behind a token changes nothing, so that padding needs no mask.
            return backbone(  # type: ignore[no-any-return]
                **inputs, document_ids=document_ids, has_scores=False
            )
        inputs["document_ids"] = torch.where(mask, 0, -1) if document_ids is None else document_ids
        if isinstance(backbone, BidirectionalRecurrent):
            return backbone(**inputs)  # type: ignore[no-any-return]
        if segments is not None and self.num_segments > 1:
            inputs["segments"] = segments
        return backbone(**inputs, has_scores=False)  # type: ignore[no-any-return]

    def _pool(
        self, output: ModelOutput, mask: torch.Tensor, pooling: Pooling | None
    ) -> torch.Tensor:
        """(B, D); a row that is padding alone gives its first state, zeros as a mean, or the
        lowest number as a maximum."""
        hidden = output.hidden
        if pooling is None or (pooling == "pooler" and output.pooled is not None):
            assert output.pooled is not None, "the backbone pools by itself"
            return output.pooled
        if pooling in ("cls", "pooler"):
            return hidden[:, 0]
        if pooling == "last":
            order = torch.arange(mask.shape[1], device=mask.device)
            last = (order * mask).argmax(1)  # (B,)
            return hidden[torch.arange(len(hidden), device=hidden.device), last]
        if pooling == "max":
            return hidden.masked_fill(~mask[..., None], torch.finfo(hidden.dtype).min).amax(1)
        sums = (hidden * mask[..., None]).sum(1)
        return sums / mask.sum(1).clamp(min=1)[:, None].to(sums.dtype)

    def _freeze_unused(self) -> None:
        unused = ["classifier", *_UNREAD.get(kind_of(self.backbone), ())]
        if all(spec.pooling != "pooler" for spec in self.specs):
            unused.append("pooler")
        shared = {id(self.backbone.embed.weight)}
        for name, parameter in self.backbone.named_parameters():
            if name.split(".")[0] in unused and id(parameter) not in shared:
                parameter.requires_grad_(False)


def kind_of(backbone: Backbone) -> str:
    """Kind of backbone, as in `POOLINGS`."""
    return "features" if isinstance(backbone, TextCNN) else backbone.kind


def states_width(backbone: Backbone) -> int:
    """Width of what a head reads."""
    if isinstance(backbone, TextCNN):
        return backbone.num_features
    if isinstance(backbone, BidirectionalRecurrent | RecurrentSeq2Seq):
        return backbone.config.d_hidden
    return backbone.config.d_model


def has_pooler(backbone: Backbone) -> bool:
    """Whether the backbone has a pooler of its own."""
    return isinstance(backbone, Encoder) and backbone.pooler is not None


def _resolved(spec: HeadSpec, backbone: Backbone) -> HeadSpec:
    """`spec` with its pooling decided.

    Raises:
        ConfigError: the backbone cannot serve it.
    """
    kind = kind_of(backbone)
    if spec.kind not in ROW_KINDS:
        if kind == "features":
            raise ConfigError(
                t("a convolutional classifier cannot carry a head of kind {kind}", kind=spec.kind),
                why=t("it keeps what is greatest in the whole text and forgets where it stood"),
                hint=t("Use it for classification or regression, or choose another model."),
            )
        return spec
    if spec.pooling is None:
        return replace(spec, pooling=POOLINGS[kind][0]) if POOLINGS[kind] else spec
    if spec.pooling not in POOLINGS[kind]:
        raise ConfigError(
            t('a {kind} model cannot be pooled by "{pooling}"', kind=kind, pooling=spec.pooling),
            hint=t("Use one of: {names}.", names=listed(POOLINGS[kind]) or "-"),
        )
    return spec
