"""Why a masked language model fills a blank with this token.

In: a text with one `____`. The score is the log-probability of the token in that place.
"""

from __future__ import annotations

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.fill import BLANK
from yanmo.interpretation.question import Question, Rows, Token, lone_id, widened
from yanmo.interpretation.question_tokens import cut_rows, special_tokens, text_tokens
from yanmo.interpretation.subject import Subject
from yanmo.models.output import ModelOutput
from yanmo.tokens.text_codec import check_ids_fit


class BlankQuestion(Question):
    """A text with a blank, and what fills it.

    Args:
        subject: a masked language model.
        text: with one `____`.
        answer: what fills it, one token; None for the most probable.

    Raises:
        ConfigError: there is not one blank, the text is too long, or the answer is not one token.
    """

    unit = "log_prob"
    kind = "blank"

    def __init__(self, subject: Subject, text: str, answer: str | None = None) -> None:
        super().__init__(subject, is_given=answer is not None)
        codec = subject.codec
        reason = subject.why_no_lens()
        if reason is not None:
            raise ConfigError(reason)
        parts = text.split(BLANK)
        if len(parts) != 2 or codec.mask_id is None:
            raise ConfigError(
                t("a text with one blank can be explained"),
                where="-p",
                hint=t("Write a blank as four underscores: ____"),
            )
        middle = special_tokens(codec, [codec.mask_id], "text")
        texts = []
        for number, part in enumerate(parts):
            ids, spans = codec.encode_with_offsets(part)
            shift = number * (len(parts[0]) + len(BLANK))
            moved = [(start + shift, end + shift) for start, end in spans]
            texts.append(text_tokens(codec, ids, moved, text, "text"))
        inside = [*texts[0], *middle, *texts[1]]
        row = codec.with_specials([token.id for token in inside])
        if len(row) > subject.max_tokens:
            raise ConfigError(
                t("the text has {count} tokens", count=len(row)),
                where="-p",
                why=t("the model reads {limit}", limit=subject.max_tokens),
            )
        check_ids_fit(row, subject.backbone.config.vocab_size)
        begin = row.index(inside[0].id)
        before = special_tokens(codec, row[:begin], "text")
        behind = special_tokens(codec, row[begin + len(inside) :], "text")
        self.tokens = self.positions = (*before, *inside, *behind)
        self._place = begin + len(texts[0])
        self._answer = self._id_of(answer) if answer is not None else self._most_probable()

    def _id_of(self, answer: str) -> int:
        codec = self.subject.codec
        for form in (answer, f" {answer}"):
            ids = codec.encode(form)
            if len(ids) == 1:
                return ids[0]
        raise ConfigError(
            t("the answer is not one token: {text}", text=answer),
            where="--answer",
            why=t("a blank holds one token"),
        )

    def _most_probable(self) -> int:
        codec = self.subject.codec
        with torch.no_grad():
            rows = self.rows()
            logits = self.forward(rows).logits[0, self._place, : codec.vocab_size].clone()
        specials = [one for one in range(codec.vocab_size) if codec.is_special(one)]
        logits[specials] = -torch.inf
        return int(logits.argmax())

    def make_rows(self, kept: torch.Tensor, filler: int | None) -> Rows:
        """Rows; the blank stays, since specials do."""
        cut = cut_rows(
            [token.id for token in self.tokens],
            kept,
            filler=filler,
            lone=lone_id(self.subject),
            device=self.subject.device,
        )
        places = cut.new_places[:, [self._place]].to(self.subject.device)
        document_ids = torch.where(cut.mask, 0, -1)
        return Rows({"tokens": cut.tokens, "document_ids": document_ids}, places)

    def log_probs(self, output: ModelOutput, rows: Rows) -> torch.Tensor:
        """(R, 1, V)."""
        number = torch.arange(len(rows), device=rows.places.device)[:, None]
        logits = output.logits[number, rows.places, : self.subject.codec.vocab_size]
        return widened(logits).log_softmax(-1)

    def score(self, output: ModelOutput, rows: Rows) -> torch.Tensor:
        """(R,), the log-probability of the token in the blank."""
        return self.log_probs(output, rows)[:, 0, self._answer]

    def answer_text(self) -> str:
        """What fills the blank."""
        return self.subject.codec.decode([self._answer])

    def option_text(self, option: int) -> str:
        """A token of the vocabulary."""
        return self.subject.codec.decode([option], skip_special_tokens=False)

    @property
    def answer_options(self) -> tuple[int, ...]:
        """The id that fills the blank."""
        return (self._answer,)

    @property
    def place(self) -> int:
        """Where the blank stands."""
        return self._place

    def lens_positions(self) -> tuple[Token, ...]:
        """The blank."""
        return (self.tokens[self._place],)

    def reading_weights(self) -> torch.Tensor:
        """The blank alone."""
        weights = torch.zeros(len(self.positions))
        weights[self._place] = 1.0
        return weights
