"""A chain of tags against the enumeration of all sequences, on cases small enough to enumerate."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
import torch

from yanmo.nn.linear_chain import LinearChain, best_path, broken_bio, gather_chains

NUM_TAGS, NUM_STEPS = 3, 4
LENGTHS = (4, 2, 1, 0)


def build(num_tags: int = NUM_TAGS) -> LinearChain:
    torch.manual_seed(0)
    chain = LinearChain(num_tags).double()
    for parameter in chain.parameters():
        torch.nn.init.normal_(parameter)
    return chain


def draw(num_tags: int = NUM_TAGS) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    shape = (len(LENGTHS), NUM_STEPS, num_tags)
    scores = torch.randn(shape, generator=generator, dtype=torch.float64)
    return scores, torch.arange(NUM_STEPS)[None] < torch.tensor(LENGTHS)[:, None]


@torch.no_grad()
def score_by_hand(chain: LinearChain, scores: torch.Tensor, path: tuple[int, ...]) -> float:
    total = chain.starts[path[0]] + chain.ends[path[-1]]
    total = total + sum(scores[step, tag] for step, tag in enumerate(path))
    return float(total + sum(chain.transitions[a, b] for a, b in pairwise(path)))


def test_the_likelihood_is_that_of_enumeration() -> None:
    chain, (scores, mask) = build(), draw()
    tags = torch.randint(NUM_TAGS, mask.shape, generator=torch.Generator().manual_seed(2))
    found = chain(scores, tags, mask)
    for row, length in enumerate(LENGTHS[:-1]):
        paths = list(product(range(NUM_TAGS), repeat=length))
        every = torch.tensor(
            [score_by_hand(chain, scores[row], path) for path in paths], dtype=torch.float64
        )
        own = score_by_hand(chain, scores[row], tuple(tags[row, :length].tolist()))
        assert found[row].item() == pytest.approx(own - float(every.logsumexp(0)), abs=1e-12)
    assert found[-1] == 0, "an empty sequence is certain"


def test_what_stands_behind_the_end_has_no_part() -> None:
    chain, (scores, mask) = build(), draw()
    tags = torch.zeros(mask.shape, dtype=torch.int64)
    changed = scores.masked_fill(~mask[..., None], 1e3)
    before = chain(scores, tags, mask)
    after = chain(changed, tags.masked_fill(~mask, -100), mask)
    assert torch.equal(before, after)
    assert torch.equal(chain.decode(scores, mask), chain.decode(changed, mask))


@pytest.mark.parametrize("is_constrained", [False, True])
def test_the_best_path_is_that_of_enumeration(is_constrained: bool) -> None:
    labels = ("O", "B-A", "I-A", "B-B", "I-B")
    chain, (scores, mask) = build(5), draw(5)
    forbidden = broken_bio(labels) if is_constrained else None
    found = chain.decode(scores, mask, forbidden)
    for row, length in enumerate(LENGTHS[:-1]):
        paths = [
            path
            for path in product(range(5), repeat=length)
            if not is_constrained or is_valid([labels[tag] for tag in path])
        ]
        best = max(paths, key=lambda path: score_by_hand(chain, scores[row], path))
        assert tuple(found[row, :length].tolist()) == best
    assert not found[~mask].any()
    if is_constrained:
        assert not torch.equal(found, chain.decode(scores, mask)), "the rule forbade nothing here"


def is_valid(tags: list[str]) -> bool:
    return all(
        not tag.startswith("I-") or (before != "O" and before[2:] == tag[2:])
        for before, tag in zip(["O", *tags], tags, strict=False)
    )


def test_without_a_chain_the_best_path_is_the_best_tag_of_each_step() -> None:
    scores, mask = draw()
    assert torch.equal(best_path(scores, mask)[mask], scores.argmax(-1)[mask])


def test_labels_that_are_no_bio_tags_forbid_nothing() -> None:
    assert broken_bio(("NOUN", "VERB")) is None
    rule = broken_bio(("O", "B-A", "I-A"))
    assert rule is not None
    assert rule.starts.tolist() == [False, False, True]
    assert rule.transitions[:, 2].tolist() == [True, False, False]


def test_gradients_are_what_the_model_expects_less_what_it_sees() -> None:
    """The gradient of the partition function holds the marginals: they sum to one at each step."""
    chain, (scores, mask) = build(), draw()
    scores.requires_grad_(True)
    chain.log_partition(scores, mask)[:3].sum().backward()
    assert scores.grad is not None
    sums = scores.grad.sum(-1)[:3]
    torch.testing.assert_close(sums, mask[:3].double())
    assert torch.autograd.gradcheck(lambda x: chain.log_partition(x, mask)[:3], scores)


def test_chains_follow_the_counted_tokens_of_each_document() -> None:
    is_counted = torch.tensor([[0, 1, 1, 0, 1, 1], [1, 0, 0, 0, 0, 1]]).bool()
    document_ids = torch.tensor([[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0]])
    assert gather_chains(is_counted).places.tolist() == [[1, 2, 4, 5], [6, 11, 0, 0]]
    chains = gather_chains(is_counted, document_ids)
    assert chains.places.tolist() == [[1, 2], [4, 5], [6, 11]] and bool(chains.mask.all())
    values = torch.arange(12).view(2, 6, 1)
    back = chains.put_back(chains.take(values)[..., 0], is_counted, fill=-100)
    assert torch.equal(back[is_counted], values[..., 0][is_counted])
    assert bool((back[~is_counted] == -100).all())
    nothing = gather_chains(torch.zeros_like(is_counted))
    assert build()(torch.zeros(0, 1, 3).double(), nothing.places, nothing.mask).shape == (0,)
