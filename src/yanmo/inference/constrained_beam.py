"""Beam search in which given sequences of tokens must be written: dynamic beam allocation (Post and
Vilar 2018), for any model and without training.

Every hypothesis knows which tokens of which sequences it has written. Beside the most probable
candidates each hypothesis also offers the next token of what is missing. Candidates are sorted into
banks by how many required tokens they have, and the places of the beam go to the banks in turn, the
fullest first, so that hypotheses on their way to everything stay in however improbable they are. A
text may end only with everything in it. Knows ids, not text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch

from yanmo.inference.beam import BeamSettings, length_divisor
from yanmo.inference.writing_rules import WritingRules, Written


@dataclass(frozen=True)
class Required:
    """One sequence that must be written.

    Attributes:
        first: its tokens where the text begins with it.
        later: its tokens behind other text.
        not_before: tokens that must not follow it, since they would go on with its last word.
    """

    first: tuple[int, ...]
    later: tuple[int, ...]
    not_before: Collection[int] = frozenset()


@dataclass(frozen=True)
class _State:
    """What has been written of the required sequences.

    Attributes:
        done: numbers of those that are complete.
        active: number of the one that is being written, and its tokens.
        num_matched: how many of these tokens are there.
        just_done: the one that the last token completed.
    """

    done: frozenset[int] = frozenset()
    active: tuple[int, tuple[int, ...]] | None = None
    num_matched: int = 0
    just_done: int | None = None

    def next_tokens(self, required: Sequence[Required], is_first: bool) -> list[int]:
        """The tokens that bring a missing sequence forward."""
        if self.active is not None:
            return [self.active[1][self.num_matched]]
        forms = (one.first if is_first else one.later for one in required)
        return [form[0] for number, form in enumerate(forms) if number not in self.done]

    def after(self, token: int, required: Sequence[Required], is_first: bool) -> _State:
        """The state once `token` is written."""
        done = self.done
        if self.just_done is not None and token in required[self.just_done].not_before:
            done = done - {self.just_done}
        if self.active is not None and self.active[1][self.num_matched] == token:
            return replace(self, done=done, just_done=None)._advanced(self.active)
        done = done | self._shorter_done(required)
        forms = [
            (number, one.first if is_first else one.later) for number, one in enumerate(required)
        ]
        begun = [form for form in forms if form[0] not in done and form[1][0] == token]
        state = _State(done)
        return state._advanced(max(begun, key=lambda form: len(form[1]))) if begun else state

    def _shorter_done(self, required: Sequence[Required]) -> frozenset[int]:
        """A missing sequence with which the active one, now given up, begins."""
        if self.active is None:
            return frozenset()
        written = self.active[1][: self.num_matched]
        shorter = [
            number
            for number, one in enumerate(required)
            if number not in self.done and written[: len(one.later)] == one.later
        ]
        return frozenset(shorter[:1])

    def _advanced(self, active: tuple[int, tuple[int, ...]]) -> _State:
        number, tokens = active
        if self.num_matched + 1 == len(tokens):
            return _State(self.done | {number}, just_done=number)
        return replace(self, active=active, num_matched=self.num_matched + 1)

    def num_written(self, required: Sequence[Required]) -> int:
        """Required tokens that are there."""
        return self.num_matched + sum(len(required[number].later) for number in self.done)


@dataclass(frozen=True)
class _Hypothesis:
    ids: tuple[int, ...]
    log_prob: float
    state: _State


@dataclass
class ConstrainedText:
    """The beam of one text; see `follow_beams`.

    Args:
        row: its place among the texts.
        limit: most tokens.
        required: what must be written, at least one token each.
        settings: of the beam.
    """

    row: int
    limit: int
    required: Sequence[Required]
    settings: BeamSettings
    open: list[_Hypothesis] = field(default_factory=list)
    ended: list[tuple[float, _Hypothesis]] = field(default_factory=list)

    def __post_init__(self) -> None:
        closed = _Hypothesis((), -torch.inf, _State())
        first = _Hypothesis((), 0.0, _State())
        self.open = [first, *[closed] * (self.settings.num_beams - 1)]

    def is_done(self) -> bool:
        """Whether enough hypotheses have ended, or none can go on."""
        best_open = max(hypothesis.log_prob for hypothesis in self.open)
        if best_open == -torch.inf or len(self.open[0].ids) >= self.limit:
            return True
        if self.settings.beam_stop == "full":
            return len(self.ended) >= self.settings.num_beams
        attainable = best_open / length_divisor(self.limit, self.settings.length_penalty)
        return bool(self.ended) and max(value for value, _ in self.ended) >= attainable

    def result(self) -> Written:
        """The best ended hypothesis; where none ended, the open one with most of what is required,
        which then is cut."""
        if self.ended:
            best = max(self.ended, key=lambda entry: entry[0])[1]
            return Written(best.ids, best.log_prob, is_cut=False)
        found = max(self.open, key=lambda one: (one.state.num_written(self.required), one.log_prob))
        return Written(found.ids, found.log_prob, is_cut=True)

    def advance(self, log_probs: torch.Tensor, first_row: int, rules: WritingRules) -> list[int]:
        """Take the next hypotheses out of `log_probs` (N, V); the rows that they go on from."""
        allowed = rules.forbid(log_probs, [hypothesis.ids for hypothesis in self.open])
        sums = torch.tensor([one.log_prob for one in self.open], dtype=torch.float64)
        totals = sums[:, None] + allowed.double().cpu()  # (N, V)
        following: list[_Hypothesis] = []
        parents: list[int] = []
        for rank, (value, beam, token) in enumerate(self._in_turn(totals, rules)):
            if len(following) == self.settings.num_beams:
                break
            before = self.open[beam]
            if token in rules.stop_ids:
                # As in a beam without requirements, an end counts among the best N candidates.
                if rank < self.settings.num_beams:
                    self.ended.append((self._worth(before, value), replace(before, log_prob=value)))
                continue
            state = before.state.after(token, self.required, not before.ids)
            following.append(_Hypothesis((*before.ids, token), value, state))
            parents.append(first_row + beam)
        num_written = len(self.open[0].ids) + 1
        while len(following) < self.settings.num_beams:
            following.append(_Hypothesis((0,) * num_written, -torch.inf, _State()))
            parents.append(first_row)
        self.open = following
        return parents

    def _worth(self, ended: _Hypothesis, log_prob: float) -> float:
        return log_prob / length_divisor(len(ended.ids) + 1, self.settings.length_penalty)

    def _in_turn(
        self, totals: torch.Tensor, rules: WritingRules
    ) -> Iterator[tuple[float, int, int]]:
        """Candidates as value, hypothesis and token: the best of each bank in turn, then the second
        of each; the bank with most required tokens comes first."""
        banks: dict[int, list[tuple[float, int, int]]] = {}
        for beam, token in self._candidates(totals, rules):
            value = float(totals[beam, token])
            if value == -torch.inf:
                continue
            state = self.open[beam].state
            if token not in rules.stop_ids:
                state = state.after(token, self.required, not self.open[beam].ids)
            elif len(state.done) < len(self.required):
                continue
            banks.setdefault(state.num_written(self.required), []).append((value, beam, token))
        ordered = [sorted(banks[number], reverse=True) for number in sorted(banks, reverse=True)]
        for rank in range(max(map(len, ordered), default=0)):
            yield from (bank[rank] for bank in ordered if rank < len(bank))

    def _candidates(self, totals: torch.Tensor, rules: WritingRules) -> list[tuple[int, int]]:
        """Hypotheses and tokens: the best of all, the best of each, and what is required next."""
        num_best = min(
            self.settings.num_beams * (1 + len(rules.stop_ids)), totals.shape[1] * totals.shape[0]
        )
        places = totals.flatten().topk(num_best).indices.tolist()
        pairs = [divmod(place, totals.shape[1]) for place in places]
        pairs += list(enumerate(totals.argmax(1).tolist()))
        for beam, hypothesis in enumerate(self.open):
            tokens = hypothesis.state.next_tokens(self.required, not hypothesis.ids)
            pairs += [(beam, token) for token in tokens]
            if len(hypothesis.state.done) == len(self.required):
                pairs += [(beam, stop) for stop in sorted(rules.stop_ids)]
        return list(dict.fromkeys(pairs))


def advance_constrained(
    texts: Sequence[ConstrainedText], log_probs: torch.Tensor, *, rules: WritingRules
) -> list[list[int]]:
    """Give every text its next hypotheses; see `follow_beams`."""
    num_beams = len(texts[0].open)
    return [
        text.advance(own, place * num_beams, rules)
        for place, (text, own) in enumerate(
            zip(texts, torch.split(log_probs, num_beams), strict=True)
        )
    ]
