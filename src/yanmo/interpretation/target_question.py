"""Why an encoder-decoder wrote this from its source, or would write that.

The score is the log-probability of the target, its end included; the tokens that it may owe itself
to are the source's. Works for the Transformer and for recurrent ones.
"""

from __future__ import annotations

from typing import Any, cast

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig
from yanmo.inference.from_source import generate_target_tokens
from yanmo.interpretation.question import Question, Rows, Token, lone_id, widened
from yanmo.interpretation.question_tokens import (
    cut_rows,
    special_tokens,
    text_tokens,
    written_tokens,
)
from yanmo.interpretation.subject import Subject
from yanmo.models.language_model import LanguageModel
from yanmo.models.output import ModelOutput
from yanmo.tokens.seq2seq_ids import source_ids_of, target_ids_of
from yanmo.tokens.text_codec import check_ids_fit

MAX_TARGET_TOKENS = 64
"""Longest target that is written where none is given."""


class TargetQuestion(Question):
    """A source and a target.

    Args:
        subject: an encoder-decoder without heads.
        text: the source.
        answer: the target; None for what the model writes, the most probable token each time.

    Raises:
        ConfigError: the source is empty, or the target longer than the model writes.
    """

    unit = "log_prob"
    kind = "continuation"

    def __init__(self, subject: Subject, text: str, answer: str | None = None) -> None:
        super().__init__(subject, is_given=answer is not None)
        codec = subject.codec
        own, spans = codec.encode_with_offsets(text)
        if not own:
            raise ConfigError(t("the source has no tokens"))
        ids = source_ids_of(codec, text)
        limit = subject.max_tokens
        self.num_cut_tokens = max(0, len(ids) - limit)
        if self.num_cut_tokens:  # what ends a source stays
            ids = [*ids[: limit - 1], ids[-1]]
        begin = next((i for i in range(len(ids)) if ids[i] == own[0]), 0)
        self._ids = ids
        shown: list[Token] = special_tokens(codec, ids[:begin], "source")
        num_own = min(len(own), len(ids) - begin)
        while num_own and ids[begin + num_own - 1] != own[num_own - 1]:
            num_own -= 1
        shown += text_tokens(codec, own[:num_own], spans[:num_own], text, "source")
        shown += special_tokens(codec, ids[begin + num_own :], "source")
        self.tokens = self.positions = tuple(shown)
        self._target = target_ids_of(codec, answer) if answer is not None else self._write()
        check_ids_fit([*ids, *self._target], subject.backbone.config.vocab_size)
        if len(self._target) > limit:
            raise ConfigError(
                t("the answer is longer than the model reads"),
                where="--answer",
                why=t(
                    "it has {count} tokens, the model reads {limit}",
                    count=len(self._target),
                    limit=limit,
                ),
            )
        start = int(subject.backbone.config.decoder_start_id)
        self._given = [start, *self._target[:-1]]
        written = written_tokens(codec, self._target[:-1], "target")
        self.targets = (*special_tokens(codec, [start], "target"), *written)

    @property
    def target_ids(self) -> tuple[int, ...]:
        """The ids of the target, its end included."""
        return tuple(self._target)

    def _write(self) -> list[int]:
        codec, model = self.subject.codec, cast(LanguageModel, self.subject.model)
        config = SamplingConfig(temperature=0.0, max_new_tokens=MAX_TARGET_TOKENS)
        written = generate_target_tokens(
            model, self._ids, config, stop_ids=codec.eos_ids, vocab_size=codec.vocab_size
        )
        return [*(token.id for token in written), *sorted(codec.eos_ids)[:1]]

    def make_rows(self, kept: torch.Tensor, filler: int | None) -> Rows:
        """Sources, each beside the same target."""
        device = self.subject.device
        cut = cut_rows(self._ids, kept, filler=filler, lone=lone_id(self.subject), device=device)
        given = torch.tensor([self._given], device=device).expand(len(kept), -1)
        places = torch.arange(len(self._given), device=device).expand(len(kept), -1)
        inputs: dict[str, Any] = {"tokens": given, "source_tokens": cut.tokens}
        return Rows(inputs | {"source_mask": cut.mask}, places)

    def log_probs(self, output: ModelOutput, rows: Rows) -> torch.Tensor:
        """(R, n, V)."""
        logits = output.logits[:, : rows.places.shape[1], : self.subject.codec.vocab_size]
        return widened(logits).log_softmax(-1)

    def score(self, output: ModelOutput, rows: Rows) -> torch.Tensor:
        """(R,), the log-probability of the target."""
        log_probs = self.log_probs(output, rows)
        ids = torch.tensor(self._target, device=log_probs.device)
        return log_probs.gather(2, ids[None, :, None].expand(len(rows), -1, 1)).sum((1, 2))

    def answer_text(self) -> str:
        """The target."""
        return self.subject.codec.decode(self._target)

    def option_text(self, option: int) -> str:
        """A token of the vocabulary."""
        return self.subject.codec.decode([option], skip_special_tokens=False)

    @property
    def answer_options(self) -> tuple[int, ...]:
        """The ids of the target."""
        return self.target_ids

    def lens_positions(self) -> tuple[Token, ...]:
        """The decoder's positions."""
        return self.targets

    def reading_weights(self) -> torch.Tensor:
        """All positions of the decoder alike."""
        return torch.full((len(self.targets),), 1 / len(self.targets))
