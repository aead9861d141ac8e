"""Linear-chain conditional random field (Lafferty et al. 2001): the probability of a whole sequence
of tags, and the best one.

In: a score for each tag at each step, and which steps are real. Out: log-likelihoods and tags. A
sequence's score is the sum of its tags' scores, of the transitions between neighbours, and of its
two ends. Knows no text and no label by name, but for the rule of BIO tags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn

Tags = torch.Tensor
"""(B, T) int64."""


class Forbidden(NamedTuple):
    """What no decoded sequence holds, True where it is forbidden.

    Attributes:
        transitions: (C, C), from the tag of the row to the tag of the column.
        starts: (C,), tags that no sequence begins with.
    """

    transitions: torch.Tensor
    starts: torch.Tensor


def broken_bio(labels: Sequence[str]) -> Forbidden | None:
    """What BIO tags forbid: an `I-X` behind anything but `B-X` or `I-X`, or at the beginning
    (Ramshaw and Marcus 1995). None where `labels` are no BIO tags."""
    if not all(label == "O" or label.startswith(("B-", "I-")) for label in labels):
        return None
    transitions = [
        [after.startswith("I-") and (before == "O" or before[2:] != after[2:]) for after in labels]
        for before in labels
    ]
    starts = [label.startswith("I-") for label in labels]
    return Forbidden(torch.tensor(transitions), torch.tensor(starts))


class LinearChain(nn.Module):
    """Transitions between neighbouring tags, and what each tag gains at either end.

    Args:
        num_tags: tags, C.
    """

    def __init__(self, num_tags: int) -> None:
        super().__init__()
        self.transitions = nn.Parameter(torch.empty(num_tags, num_tags))
        self.starts = nn.Parameter(torch.empty(num_tags))
        self.ends = nn.Parameter(torch.empty(num_tags))

    def init_weights(self) -> None:
        """All zero: a chain that says nothing until it has learned."""
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.zero_()

    def forward(self, scores: torch.Tensor, tags: Tags, mask: torch.Tensor) -> torch.Tensor:
        """log p(tags | scores) of each sequence, (B,), in nats; zero for an empty one.

        Args:
            scores: (B, T, C), in float32 at least.
            tags: (B, T) int64; what stands where the mask is False has no part in it.
            mask: (B, T), True at real steps, which come first.
        """
        difference = self.score(scores, tags, mask) - self.log_partition(scores, mask)
        return difference * mask.any(1)

    def score(self, scores: torch.Tensor, tags: Tags, mask: torch.Tensor) -> torch.Tensor:
        """The score of each sequence of tags, (B,), not normalised."""
        tags = tags.masked_fill(~mask, 0)
        steps = scores.gather(2, tags[..., None])[..., 0] * mask  # (B, T)
        moves = self.transitions[tags[:, :-1], tags[:, 1:]] * mask[:, 1:]  # (B, T - 1)
        last = (mask.sum(1) - 1).clamp(min=0)
        last_tags = tags.gather(1, last[:, None])[:, 0]
        return steps.sum(1) + moves.sum(1) + self.starts[tags[:, 0]] + self.ends[last_tags]

    def log_partition(self, scores: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """log of the sum of exp(score) over all sequences of tags, (B,): the forward algorithm in
        log space."""
        reached = self.starts + scores[:, 0]  # (B, C), over all ways that lead to a tag
        for step in range(1, scores.shape[1]):
            ways = reached[:, :, None] + self.transitions  # (B, C before, C)
            further = ways.logsumexp(1) + scores[:, step]
            reached = torch.where(mask[:, step, None], further, reached)
        return (reached + self.ends).logsumexp(1)

    def decode(
        self, scores: torch.Tensor, mask: torch.Tensor, forbidden: Forbidden | None = None
    ) -> Tags:
        """The sequence of highest score; see `best_path`."""
        return best_path(scores, mask, self, forbidden)


@torch.no_grad()
def best_path(
    scores: torch.Tensor,
    mask: torch.Tensor,
    chain: LinearChain | None = None,
    forbidden: Forbidden | None = None,
) -> Tags:
    """The sequence of highest score (Viterbi 1967), (B, T); zero where the mask is False.

    Args:
        scores: (B, T, C).
        mask: (B, T), True at real steps, which come first.
        chain: what transitions and ends are worth; nothing when left out.
        forbidden: what the sequence must not hold. In training nothing is forbidden, so that a
            window which begins within an entity can be learned from.
    """
    num_tags = scores.shape[2]
    transitions = scores.new_zeros(num_tags, num_tags) if chain is None else chain.transitions
    starts = scores.new_zeros(num_tags) if chain is None else chain.starts
    if forbidden is not None:
        transitions = transitions.masked_fill(forbidden.transitions.to(scores.device), -torch.inf)
        starts = starts.masked_fill(forbidden.starts.to(scores.device), -torch.inf)
    best = starts + scores[:, 0]  # (B, C)
    stay = torch.arange(num_tags, device=scores.device).expand_as(best)
    origins = []
    for step in range(1, scores.shape[1]):
        further, origin = (best[:, :, None] + transitions).max(1)
        is_real = mask[:, step, None]
        best = torch.where(is_real, further + scores[:, step], best)
        origins.append(torch.where(is_real, origin, stay))
    tag = (best if chain is None else best + chain.ends).argmax(1)  # (B,)
    path = [tag]
    for origin in reversed(origins):
        tag = origin.gather(1, tag[:, None])[:, 0]
        path.append(tag)
    return torch.stack(path[::-1], dim=1) * mask


@dataclass(frozen=True)
class Chains:
    """Where the steps of chains stand in rows of tokens.

    Attributes:
        places: (chains, steps) int64, places in the flattened rows; 0 where there is no step.
        mask: (chains, steps), True at real steps.
    """

    places: torch.Tensor
    mask: torch.Tensor

    def take(self, values: torch.Tensor) -> torch.Tensor:
        """Values (B, T, C) of tokens as values (chains, steps, C) of steps."""
        return values.flatten(0, 1)[self.places]

    def put_back(self, values: torch.Tensor, like: torch.Tensor, fill: int) -> torch.Tensor:
        """Values (chains, steps) in the rows where they come from, of the shape of `like` (B, T);
        `fill` everywhere else."""
        rows = torch.full_like(like, fill, dtype=torch.int64).flatten()
        rows[self.places[self.mask]] = values[self.mask]
        return rows.view(like.shape)


def gather_chains(is_counted: torch.Tensor, document_ids: torch.Tensor | None = None) -> Chains:
    """The chains that the counted tokens of rows form: one for each row, or for each document of it
    where rows hold several.

    Args:
        is_counted: (B, T), True at tokens that are steps.
        document_ids: (B, T); neighbours of different numbers belong to different chains.
    """
    places = is_counted.flatten().nonzero()[:, 0]
    rows = places // is_counted.shape[1]
    if not len(places):
        return Chains(places.view(0, 1), is_counted.new_zeros(0, 1))
    begins = torch.ones_like(rows, dtype=torch.bool)
    begins[1:] = rows[1:] != rows[:-1]
    if document_ids is not None:
        documents = document_ids.flatten()[places]
        begins[1:] |= documents[1:] != documents[:-1]
    numbers = begins.cumsum(0) - 1  # of its chain, for each step
    order = torch.arange(len(places), device=places.device)
    steps = order - order[begins][numbers]
    shape = (int(numbers[-1]) + 1, int(steps.max()) + 1)
    table = places.new_zeros(shape)
    mask = torch.zeros(shape, dtype=torch.bool, device=places.device)
    table[numbers, steps] = places
    mask[numbers, steps] = True
    return Chains(table, mask)
