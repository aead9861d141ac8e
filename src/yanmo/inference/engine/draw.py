"""What a choice writes in one step: from rows of scores, and tokens that were proposed, to tokens.

In: the scores behind the last token and behind each proposed one. Out: the tokens that are kept, as
they would have come one at a time. A proposed token x that was drawn from q stays with probability
min(1, p(x) / q(x)), and where it does not, one from max(0, p - q) takes its place (Leviathan et al.
2023, algorithm 1). One that was not drawn (q is all in one token) stays where a draw from p gives
just it: the same rule, and with the same draws of chance as without speculation, so that the text
of a seed does not change.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

from yanmo.inference.engine.choice import Choice
from yanmo.inference.engine.request import FinishReason, ScoredToken
from yanmo.inference.engine.scores import score_token
from yanmo.inference.engine.speculation import Draft
from yanmo.inference.sampling import Candidates, Row, adjust, candidates_of, draw_token


@dataclass
class Drawn:
    """What came of a step of one choice.

    Attributes:
        tokens: what was written; the token that ended the text is none of them.
        text: what may be shown.
        num_accepted: how many proposed tokens were kept.
        reason: why the choice ends, if it does.
        has_failed: whether scores were not numbers.
    """

    tokens: list[ScoredToken] = field(default_factory=list)
    text: str = ""
    num_accepted: int = 0
    reason: FinishReason | None = None
    has_failed: bool = False


def draw_tokens(choice: Choice, scores: torch.Tensor, draft: Draft, num_drawable: int) -> Drawn:
    """Write what `scores` (1 + K, V) give, after as many of the K proposed tokens as are kept.

    Args:
        num_drawable: ids from here on are never drawn.
    """
    drawn = Drawn()
    for place, row in enumerate(scores.numpy()):
        if not np.isfinite(row.max()):  # NaN passes through the maximum
            drawn.has_failed, drawn.reason = True, "error"
            return drawn
        proposed = draft.ids[place] if place < len(draft.ids) else None
        token = _draw(choice, row[:num_drawable], draft, place)
        if token not in choice.ends:
            drawn.tokens.append(score_token(row, token, choice.asked.num_alternatives))
        text, drawn.reason = choice.push(token)
        drawn.text += text
        drawn.num_accepted += token == proposed
        if drawn.reason is not None or token != proposed:
            break
    return drawn


def _draw(choice: Choice, row: Row, draft: Draft, place: int) -> int:
    """The token at one place, by the settings of the choice."""
    row = adjust(row, choice.history, choice.sampling)
    if choice.grammar is not None:
        row = choice.grammar.restrict(row, choice.ends)
    is_drawn = draft.distributions is not None and place < len(draft.ids)
    if not is_drawn or choice.sampling.temperature == 0.0:
        return draw_token(row, choice.sampling, choice.generator)
    assert draft.distributions is not None, "a proposal that was drawn knows from what"
    wanted = candidates_of(row, choice.sampling).probabilities(len(row))
    given, proposed = draft.distributions[place], draft.ids[place]
    if choice.generator.random() * given[proposed] < wanted[proposed]:
        return proposed
    return _draw_rest(wanted, given, choice.generator.random())


def _draw_rest(
    wanted: npt.NDArray[np.float64], given: npt.NDArray[np.float64], chance: float
) -> int:
    """A token from what `wanted` has more of than `given`."""
    rest = np.maximum(wanted - given, 0.0)
    if not rest.any():  # the two agree but for rounding
        rest = wanted
    return Candidates(None, rest).draw(chance)
