"""Why a model that writes on wrote this: the next token, or a continuation, after a prompt.

The score is the log-probability of the whole continuation, token by token as the model would write
it. Works for every causal model: decoders, recurrent, convolutional and feed-forward ones.
"""

from __future__ import annotations

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.generate import prompt_ids_of
from yanmo.interpretation.question import Question, Rows, Token, lone_id, widened
from yanmo.interpretation.question_tokens import (
    cut_rows,
    special_tokens,
    text_tokens,
    written_tokens,
)
from yanmo.interpretation.subject import Subject
from yanmo.models.output import ModelOutput
from yanmo.tokens.text_codec import check_ids_fit


class NextQuestion(Question):
    """A prompt and its continuation.

    Args:
        subject: a causal language model.
        text: the prompt.
        answer: the continuation; None for the model's most probable next token.

    Raises:
        ConfigError: the prompt or the continuation has no tokens, or both are too long.
    """

    unit = "log_prob"

    def __init__(self, subject: Subject, text: str, answer: str | None = None) -> None:
        super().__init__(subject, is_given=answer is not None)
        codec = subject.codec
        ids = prompt_ids_of(codec, text)
        if not ids:
            raise ConfigError(t("the prompt has no tokens"))
        own, spans = codec.encode_with_offsets(text)
        begin = len(ids) - len(own)
        shown = special_tokens(codec, ids[:begin], "text")
        shown += text_tokens(codec, own, spans, text, "text")
        written = [] if answer is None else codec.encode(answer)
        if answer is not None and not written:
            raise ConfigError(t("the answer has no tokens"), where="--answer")
        check_ids_fit([*ids, *written], subject.backbone.config.vocab_size)
        room = subject.max_tokens - max(0, len(written) - 1)
        if room < 1:
            raise ConfigError(
                t("the answer is longer than the model reads"),
                where="--answer",
                why=t("it has {count} tokens, the model reads {limit}", **_sizes(subject, written)),
            )
        # Of a long prompt the end is read, as it is when a model writes.
        self.num_cut_tokens = max(0, len(ids) - room)
        self._ids = ids[self.num_cut_tokens :]
        self.tokens = tuple(shown[self.num_cut_tokens :])
        self._written = written or [self._most_probable()]
        tail = written_tokens(codec, self._written[:-1], "answer")
        self.positions = (*self.tokens, *tail)
        self.kind = "token" if len(self._written) == 1 else "continuation"

    @property
    def written_ids(self) -> tuple[int, ...]:
        """The ids of the answer."""
        return tuple(self._written)

    def _most_probable(self) -> int:
        tokens = torch.tensor([self._ids], device=self.subject.device)
        with torch.no_grad():
            logits = self.subject.model(tokens=tokens).logits[0, -1, : self._vocab_size]
        return int(logits.argmax())

    @property
    def _vocab_size(self) -> int:
        return self.subject.codec.vocab_size

    def make_rows(self, kept: torch.Tensor, filler: int | None) -> Rows:
        """Prompts with the continuation, less its last token, behind each."""
        tail = self._written[:-1]
        cut = cut_rows(
            self._ids,
            kept,
            filler=filler,
            lone=lone_id(self.subject),
            tail=tail,
            device=self.subject.device,
        )
        lengths = cut.mask.sum(1)  # (R,)
        steps = torch.arange(len(self._written), device=lengths.device)
        places = (lengths - len(tail) - 1)[:, None] + steps  # (R, n)
        return Rows({"tokens": cut.tokens}, places)

    def log_probs(self, output: ModelOutput, rows: Rows) -> torch.Tensor:
        """(R, n, V)."""
        number = torch.arange(len(rows), device=rows.places.device)[:, None]
        chosen = output.logits[number, rows.places, : self._vocab_size]  # (R, n, V)
        return widened(chosen).log_softmax(-1)

    def score(self, output: ModelOutput, rows: Rows) -> torch.Tensor:
        """(R,), the log-probability of the continuation."""
        log_probs = self.log_probs(output, rows)
        ids = torch.tensor(self._written, device=log_probs.device)
        return log_probs.gather(2, ids[None, :, None].expand(len(rows), -1, 1)).sum((1, 2))

    def answer_text(self) -> str:
        """The continuation."""
        return self.subject.codec.decode(self._written, skip_special_tokens=False)

    def option_text(self, option: int) -> str:
        """A token of the vocabulary."""
        return self.subject.codec.decode([option], skip_special_tokens=False)

    @property
    def answer_options(self) -> tuple[int, ...]:
        """The ids of the continuation."""
        return self.written_ids

    def lens_log_probs(self, output: ModelOutput, rows: Rows) -> torch.Tensor:
        """(P, V), at every position."""
        assert len(rows) == 1, "a lens reads one row"
        return widened(output.logits[0, :, : self._vocab_size]).log_softmax(-1)

    def lens_positions(self) -> tuple[Token, ...]:
        """Every position."""
        return self.positions

    def lens_targets(self) -> tuple[int, ...]:
        """The token behind each position."""
        return (*(token.id for token in self.tokens[1:]), *self._written)

    def reading_weights(self) -> torch.Tensor:
        """The positions that the tokens of the continuation are predicted at."""
        weights = torch.zeros(len(self.positions))
        weights[len(self.tokens) - 1 :] = 1 / len(self._written)
        return weights


def _sizes(subject: Subject, ids: list[int]) -> dict[str, int]:
    return {"count": len(ids), "limit": subject.max_tokens}
