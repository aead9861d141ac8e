"""One text put to one model, and the answer whose score is explained.

A question knows the tokens that the answer may owe itself to, makes rows for the model in which
some of them are kept and others removed, and reads the answer's score from what the model gives.
How rows look and where the answer stands is the affair of the question's own kind. Everything that
explains goes through `evaluate` (scores of rows) or `score_embedded` (the score as a function of
embeddings). Knows no method of explanation.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import torch
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.interpretation.subject import Subject
from yanmo.models.output import ModelOutput

TokenPart = Literal["text", "second", "source", "target", "answer"]
Removal = Literal["auto", "delete", "mask", "pad"]
"""How a token is taken away: the row gets shorter, or another token stands in its place; `auto` is
a mask where the model was trained with one, else deletion."""
Unit = Literal["log_prob", "log_odds", "number"]
BATCH_TOKENS = 8192
"""Tokens that go through a model at once."""


@dataclass(frozen=True)
class Token:
    """A token of a row.

    Attributes:
        id: in the vocabulary.
        text: as it is shown.
        start, end: its characters in the text that it comes from; -1 where there are none.
        is_special: it belongs to no text, and is never removed.
        part: which text it comes from.
    """

    id: int
    text: str
    start: int
    end: int
    is_special: bool
    part: TokenPart


@dataclass(frozen=True)
class Answer:
    """What is explained.

    Attributes:
        kind: token, continuation, class, number, tag, span or blank.
        text: the answer in words.
        unit: of the score: a log-probability (nats), log-odds (nats), or a number as it is.
        score: what the explanations take apart.
        probability: of the answer; of a continuation the geometric mean over its tokens. None of a
            number.
        is_given: asked for by name, and not what the model would say by itself.
    """

    kind: str
    text: str
    unit: Unit
    score: float
    probability: float | None
    is_given: bool


@dataclass(frozen=True)
class Rows:
    """Rows for the model (R of them), and where in each the answer is read, (R, n)."""

    inputs: Mapping[str, torch.Tensor]
    places: torch.Tensor

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True)
class Evaluation:
    """What the model says of R rows.

    Attributes:
        scores: (R,), of the answer.
        probabilities: (R,), of the answer, or the number itself.
        log_probs: (R, C), of all that could be answered at the first place; (R, 1) of a number.
    """

    scores: torch.Tensor
    probabilities: torch.Tensor
    log_probs: torch.Tensor


class Question(ABC):
    """A text, a model and an answer.

    Attributes:
        subject: the model.
        tokens: what the answer may owe itself to, in their order; the first positions of a row.
        positions: every position of the stack that reads them: the tokens, and what the answer
            itself adds.
        targets: positions of the decoder of an encoder-decoder.
        num_cut_tokens: tokens of the text that did not fit into a row.
    """

    kind: str
    unit: Unit
    tokens: tuple[Token, ...]
    positions: tuple[Token, ...]
    targets: tuple[Token, ...] = ()
    num_cut_tokens: int = 0

    def __init__(self, subject: Subject, *, is_given: bool) -> None:
        self.subject = subject
        self.is_given = is_given

    # What each kind of question knows

    @abstractmethod
    def make_rows(self, kept: torch.Tensor, filler: int | None) -> Rows:
        """Rows with the tokens that `kept` (R, n) marks; the others are left out, or `filler`
        stands in their place."""

    @abstractmethod
    def log_probs(self, output: ModelOutput, rows: Rows) -> torch.Tensor:
        """(R, n, C): for each of the n places of the answer, of all that could stand there."""

    @abstractmethod
    def score(self, output: ModelOutput, rows: Rows) -> torch.Tensor:
        """(R,), the score of the answer; with a gradient."""

    @abstractmethod
    def answer_text(self) -> str:
        """The answer in words."""

    @abstractmethod
    def option_text(self, option: int) -> str:
        """In words, what could be answered instead, by its number in `log_probs`."""

    @property
    @abstractmethod
    def answer_options(self) -> tuple[int, ...]:
        """Of each place of the answer, the number of what stands there; empty of a number."""

    @abstractmethod
    def reading_weights(self) -> torch.Tensor:
        """How much the answer reads of each of the last stack's positions; sums to 1."""

    # What a lens reads; whole rows where every position of a row predicts something

    def lens_log_probs(self, output: ModelOutput, rows: Rows) -> torch.Tensor:
        """(P, C), of one row: what could be answered at each place that a lens shows."""
        return self.log_probs(output, rows)[0]

    def lens_positions(self) -> tuple[Token, ...]:
        """The tokens at those places; empty where the answer is read from the whole row."""
        return ()

    def lens_targets(self) -> tuple[int, ...]:
        """What stands, or is explained, at each of those places."""
        return self.answer_options

    # What all have in common

    @cached_property
    def answer(self) -> Answer:
        """What is explained."""
        found = self.evaluate()
        has_probability = self.unit != "number"
        return Answer(
            self.kind,
            self.answer_text(),
            self.unit,
            float(found.scores[0]),
            float(found.probabilities[0]) if has_probability else None,
            self.is_given,
        )

    @property
    def is_removable(self) -> torch.Tensor:
        """(n,), which tokens may be taken away."""
        return torch.tensor([not token.is_special for token in self.tokens], dtype=torch.bool)

    def rows(self, kept: torch.Tensor | None = None, removal: Removal = "auto") -> Rows:
        """Rows for the model; one with every token where `kept` is left out."""
        if kept is None:
            kept = torch.ones(1, len(self.tokens), dtype=torch.bool)
        kept = kept | ~self.is_removable
        return self.make_rows(kept, self._filler(self.resolve(removal)))

    def resolve(self, removal: Removal) -> Removal:
        """`auto` decided.

        Raises:
            ConfigError: the model's tokenizer has no such token.
        """
        codec = self.subject.codec
        if removal == "auto":
            is_masked = getattr(self.subject.backbone, "kind", "") == "masked"
            return "mask" if is_masked and codec.mask_id is not None else "delete"
        if (removal == "mask" and codec.mask_id is None) or (
            removal == "pad" and codec.pad_id is None
        ):
            raise ConfigError(
                t("the model's tokenizer has no token for: {name}", name=removal),
                hint=t("Tokens can be left out: delete."),
            )
        return removal

    def forward(self, rows: Rows) -> ModelOutput:
        """What the model gives for rows, in evaluation mode."""
        model = self.subject.model
        assert not model.training, "a model is explained in evaluation mode"
        inputs: dict[str, Any] = dict(rows.inputs)
        if self.subject.spec is not None:
            inputs["head"] = self.subject.head
        output: ModelOutput = model(**inputs)
        return output

    @torch.no_grad()
    def evaluate(self, kept: torch.Tensor | None = None, removal: Removal = "auto") -> Evaluation:
        """What the model says of rows, some at a time."""
        if kept is None:
            return self.read(self.rows())
        size = max(1, BATCH_TOKENS // max(1, len(self.positions) + len(self.targets)))
        blocks = torch.split(kept, size)
        parts = [self.read(self.rows(block, removal)) for block in blocks]
        return Evaluation(
            torch.cat([part.scores for part in parts]),
            torch.cat([part.probabilities for part in parts]),
            torch.cat([part.log_probs for part in parts]),
        )

    def read(self, rows: Rows) -> Evaluation:
        """What the model says of rows, all at once; hooks that are set have their say."""
        output = self.forward(rows)
        scores = self.score(output, rows).float()
        if self.unit == "number":
            return Evaluation(scores.cpu(), scores.cpu(), scores[:, None].cpu())
        log_probs = self.log_probs(output, rows).float()  # (R, n, C)
        options = torch.tensor(self.answer_options, device=log_probs.device)
        own = log_probs.gather(2, options[None, :, None].expand(len(rows), -1, 1))  # (R, n, 1)
        return Evaluation(scores.cpu(), own.mean((1, 2)).exp().cpu(), log_probs[:, 0].cpu())

    def embeddings(self) -> torch.Tensor:
        """(1, n, D), the embeddings of the tokens."""
        ids = torch.tensor([token.id for token in self.tokens], device=self.subject.device)
        return self.subject.embed.weight[ids][None].detach()

    def score_embedded(self, x: torch.Tensor) -> torch.Tensor:
        """(R,), the score as a function of the tokens' embeddings `x` (R, n, D)."""
        rows = self.rows(torch.ones(len(x), len(self.tokens), dtype=torch.bool))
        # Recurrent kernels of a GPU give no gradient in evaluation mode; plain ones do.
        plain = torch.backends.cudnn.flags(enabled=False)
        with plain, swapped_embeddings(self.subject.embed, x):
            return self.score(self.forward(rows), rows)

    def as_json(self) -> dict[str, Any]:
        """The question as plain values."""
        return {
            "tokens": [asdict(token) for token in self.tokens],
            "positions": [asdict(token) for token in self.positions],
            "targets": [asdict(token) for token in self.targets],
            "answer": asdict(self.answer),
            "num_cut_tokens": self.num_cut_tokens,
        }

    def _filler(self, removal: Removal) -> int | None:
        codec = self.subject.codec
        return {"mask": codec.mask_id, "pad": codec.pad_id}.get(removal)


@contextmanager
def swapped_embeddings(embed: nn.Embedding, x: torch.Tensor) -> Iterator[None]:
    """Give `x` (R, n, D) as the embeddings of the first n tokens of the first row that is read
    inside the block; an encoder-decoder reads its source first."""
    calls: list[int] = []

    def swap(_module: nn.Module, _args: Any, output: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        if len(calls) > 1:
            return output
        return torch.cat([x.to(output.dtype), output[:, x.shape[1] :]], dim=1)

    handle = embed.register_forward_hook(swap)
    try:
        yield
    finally:
        handle.remove()


def widened(scores: torch.Tensor) -> torch.Tensor:
    """Scores of half precision as float32; others as they are."""
    return scores.float() if scores.dtype in (torch.bfloat16, torch.float16) else scores


def lone_id(subject: Subject) -> int:
    """What stands in a row from which everything was removed."""
    codec = subject.codec
    ids = (codec.bos_id, *sorted(codec.eos_ids), codec.pad_id, 0)
    return next(one for one in ids if one is not None)
