"""How sure a tagging head is of an entity.

In: a predictor and texts. Out: their entities, each with the probability of its least certain tag:
of a softmax, or where tags are scored as a chain, summed over all ways to tag the rest (marginals;
Lafferty et al. 2001, section 3). Knows no files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from yanmo.core.tag_spans import spans_of
from yanmo.inference.predict import Entity, Predicted, TaskPredictor
from yanmo.inference.raw_words import split_words
from yanmo.nn.linear_chain import LinearChain


@dataclass(frozen=True, slots=True)
class ScoredEntity:
    """An entity and the probability of its least certain tag."""

    entity: Entity
    probability: float


def scored_entities(
    predictor: TaskPredictor, texts: Sequence[str]
) -> Predicted[tuple[ScoredEntity, ...]]:
    """The entities of running texts, which are those of `TaskPredictor.entities`.

    Raises:
        ConfigError: the head does not give BIO tags.
        RunError: a score is not a number.
    """
    predictor.check_marks_entities()
    cut = [split_words(text) for text in texts]
    tagged = predictor.tag_with_scores([one.words for one in cut], [one.joiner for one in cut])
    items = []
    for text, words, found in zip(texts, cut, tagged.items, strict=True):
        seen = np.cumsum(found.is_seen) - 1  # the row of each word in the scores
        probabilities = tag_probabilities(found.scores, predictor.chain)
        own = []
        for kind, first, behind in spans_of(found.tags):
            start, end = words.spans[first][0], words.spans[behind - 1][1]
            certain = [
                float(probabilities[seen[word], predictor.spec.labels.index(found.tags[word])])
                for word in range(first, behind)
                if found.is_seen[word]
            ]
            entity = Entity(kind, start, end, text[start:end])
            own.append(ScoredEntity(entity, min(certain, default=0.0)))
        items.append(tuple(own))
    return Predicted(tuple(items), tagged.counts)


def tag_probabilities(
    scores: NDArray[np.float64], chain: LinearChain | None
) -> NDArray[np.float64]:
    """(W, C), the probability of each tag at each word, whatever the other tags.

    Of a chain, the derivative of the log of the partition function by the score of the tag.

    Args:
        scores: (W, C).
        chain: what transitions and ends are worth; None where words are tagged by themselves.
    """
    given = torch.from_numpy(np.ascontiguousarray(scores)).float()
    if chain is None or not len(given):
        return given.softmax(-1).double().numpy()
    with torch.inference_mode(False), torch.enable_grad():
        leaf = given.clone().to(chain.starts.device)[None].requires_grad_()
        is_word = torch.ones(leaf.shape[:2], dtype=torch.bool, device=leaf.device)
        (slope,) = torch.autograd.grad(chain.log_partition(leaf, is_word).sum(), leaf)
    return slope[0].double().cpu().numpy()
