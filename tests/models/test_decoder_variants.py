"""Whatever a decoder is put together from, it is causal, exact with a cache, and packs documents.

Every claim is made of every variant: families, kinds of positions, places of the norm, windows,
stretched positions, mixtures of experts.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch
from tests.models.random_models import VOCAB_SIZE, build_random, draw_tokens
from torch.nn import functional as F

from yanmo.models.build import build_model, count_params, lay_out
from yanmo.nn.mixture import load_balancing_loss

CPU = torch.device("cpu")
POSITIONS = ("none", "rotary", "learned", "sinusoidal", "alibi", "relative")
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "qwen3": ("qwen3", {}),
    "llama": ("llama", {"num_kv_heads": 1}),
    "gpt2": ("gpt2", {}),
    "qwen3_moe": ("qwen3_moe", {"num_experts": 4, "num_active_experts": 2}),
    "glm": ("glm", {}),
    "window": ("qwen3", {"sliding_window": 3}),
    "moe-window": ("qwen3_moe", {"sliding_window": 4}),
    "alibi-window": ("transformer", {"positions": "alibi", "sliding_window": 3}),
    "relative-window": ("transformer", {"positions": "relative", "sliding_window": 3}),
    "linear": ("llama", {"rope_scaling": {"kind": "linear", "factor": 2.0}}),
    "yarn": (
        "llama",
        {"rope_scaling": {"kind": "yarn", "factor": 4.0, "original_max_seq_len": 6}},
    ),
    "llama3": (
        "qwen3",
        {"rope_scaling": {"kind": "llama3", "factor": 8.0, "original_max_seq_len": 6}},
    ),
    "layer-norm": ("transformer", {"norm": "layer_norm", "activation": "relu"}),
}
COMPOSED = {
    f"{positions}-{placement}-{mlp}": (
        "transformer",
        {"positions": positions, "norm_placement": placement, "mlp": mlp},
    )
    for positions, placement, mlp in itertools.product(
        POSITIONS, ("before", "after"), ("gated", "plain")
    )
}
VARIANTS = FAMILIES | COMPOSED
every_variant = pytest.mark.parametrize("variant", VARIANTS)


@pytest.fixture
def build(make_shape: Any) -> Any:
    """A function from a variant to a model away from its small initial values, so that a wrong
    mask or angle shows."""

    def make(variant: str, **more: Any) -> Any:
        family, fields = VARIANTS[variant]
        return build_random(make_shape(family, VOCAB_SIZE, **(fields | more)))

    return make


def logits_of(model: Any, tokens: torch.Tensor, **given: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(tokens=tokens, **given).logits


@every_variant
@pytest.mark.parametrize("pieces", [(1,) * 12, (5, 1, 6), (1, 11), (3, 3, 3, 3)], ids=str)
def test_a_cache_gives_the_logits_of_the_whole_sequence(
    build: Any, variant: str, pieces: tuple[int, ...]
) -> None:
    model, tokens = build(variant), draw_tokens(3, 12)
    whole = logits_of(model, tokens)
    assert whole.std() > 0.2, "logits that hardly differ prove nothing"
    cache = model.build_cache(3)
    for _ in range(2):  # the second time after forgetting the first
        with torch.no_grad():
            parts = [model(tokens=part, cache=cache).logits for part in tokens.split(pieces, dim=1)]
        assert cache.length == 12
        torch.testing.assert_close(torch.cat(parts, 1), whole, atol=2e-5, rtol=0)
        cache.truncate(0)


@every_variant
def test_packed_documents_equal_each_document_alone(build: Any, variant: str) -> None:
    model, tokens = build(variant), draw_tokens(2, 17)
    lengths = (7, 1, 9)
    positions = torch.cat([torch.arange(length) for length in lengths]).expand(2, -1)
    ids = torch.repeat_interleave(torch.arange(3), torch.tensor(lengths)).expand(2, -1)
    packed = logits_of(model, tokens, positions=positions, document_ids=ids)
    for together, alone in zip(
        packed.split(lengths, dim=1), tokens.split(lengths, dim=1), strict=True
    ):
        torch.testing.assert_close(together, logits_of(model, alone), atol=2e-5, rtol=0)


@every_variant
def test_a_later_token_never_changes_earlier_logits(build: Any, variant: str) -> None:
    model, tokens = build(variant), draw_tokens(1, 10)
    before = logits_of(model, tokens)
    for changed in range(1, 10):
        other = tokens.clone()
        other[0, changed] = (other[0, changed] + 1) % VOCAB_SIZE
        after = logits_of(model, other)
        # An expert's rows are one product, whose size depends on what all tokens chose.
        atol = 1e-5 if "moe" in variant else 0.0
        torch.testing.assert_close(after[:, :changed], before[:, :changed], atol=atol, rtol=0)
        assert not torch.equal(after[:, changed], before[:, changed])


@every_variant
def test_the_order_counts_where_there_are_positions(build: Any, variant: str) -> None:
    # One layer, since a second one sees through the causal mask of the first what came earlier.
    model = build(variant, depth=1)
    tokens = draw_tokens(1, 8)
    swapped = tokens[:, [1, 0, *range(2, 8)]]
    has_order = not variant.startswith("none")
    before, after = logits_of(model, tokens)[:, -1], logits_of(model, swapped)[:, -1]
    if "window" in variant:  # the last token sees neither of the two
        torch.testing.assert_close(before, after, atol=0, rtol=0)
        before, after = logits_of(model, tokens)[:, 2], logits_of(model, swapped)[:, 2]
    difference = (before - after).abs().max()
    assert (difference > 1e-4) == has_order, difference


@every_variant
def test_the_loss_is_that_of_the_logits(build: Any, variant: str) -> None:
    model, tokens, labels = build(variant), draw_tokens(2, 9), draw_tokens(2, 9, seed=1)
    labels[1, 4:] = -100
    for has_grad in (False, True):
        with torch.set_grad_enabled(has_grad):
            logits = model(tokens=tokens).logits.flatten(0, 1)
            for smoothing in (0.0, 0.2):
                output = model(tokens=tokens, labels=labels, label_smoothing=smoothing)
                expected = F.cross_entropy(
                    logits, labels.flatten(), reduction="sum", label_smoothing=smoothing
                )
                torch.testing.assert_close(output.loss_sum, expected, atol=1e-3, rtol=0)
                assert output.scores is None


@every_variant
def test_the_loss_begins_at_knowing_nothing(make_shape: Any, variant: str) -> None:
    family, fields = VARIANTS[variant]
    shape = make_shape(family, 2048, **(fields | {"d_model": 128, "tie_embeddings": False}))
    model = build_model(shape, CPU, seed=0).eval()
    tokens = torch.randint(2048, (4, 25), generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        output = model(tokens=tokens[:, :-1], labels=tokens[:, 1:])
    assert output.loss_sum.item() / 96 == pytest.approx(math.log(2048), rel=0.03)


@every_variant
@pytest.mark.parametrize("tie_embeddings", [True, False])
def test_a_model_is_laid_out_without_values_and_counted(
    make_shape: Any, variant: str, tie_embeddings: bool
) -> None:
    family, fields = VARIANTS[variant]
    shape = make_shape(family, **fields, tie_embeddings=tie_embeddings)
    empty = lay_out(shape)
    assert {parameter.device.type for parameter in empty.parameters()} == {"meta"}
    assert not list(empty.buffers())
    model = build_model(shape, CPU, seed=0)
    counted = sum({id(p): p.numel() for p in model.parameters()}.values())
    assert model.num_params() == count_params(shape) == counted
    names = [name for name, _ in model.named_parameters(remove_duplicate=False)]
    assert len(names) - len(list(model.parameters())) == int(tie_embeddings)
    assert all(torch.isfinite(parameter).all() for parameter in model.parameters())


@every_variant
def test_dropout_acts_in_training_only(build: Any, variant: str) -> None:
    model, tokens = build(variant, dropout=0.3).train(), draw_tokens(1, 8)
    assert not torch.equal(logits_of(model, tokens), logits_of(model, tokens))
    model.eval()
    assert torch.equal(logits_of(model, tokens), logits_of(model, tokens))


@every_variant
def test_every_parameter_gets_a_gradient(build: Any, variant: str) -> None:
    model = build(variant).train()
    model(tokens=draw_tokens(4, 24), labels=draw_tokens(4, 24, seed=1)).loss_sum.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        # A constant added to all keys moves no softmax; rows of a table that nobody asked for.
        is_still = name.endswith("k_proj.bias")
        assert is_still or parameter.grad.abs().max() > 0, name


# A prefix


PREFIXED = [name for name in VARIANTS if "window" not in name]


@pytest.mark.parametrize("variant", PREFIXED)
def test_a_prefix_is_seen_from_everywhere_and_the_rest_from_what_follows(
    build: Any, variant: str
) -> None:
    model, tokens = build(variant), draw_tokens(1, 10)
    is_prefix = (torch.arange(10) < 4)[None]
    before = logits_of(model, tokens, is_prefix=is_prefix)
    for changed in range(10):
        other = tokens.clone()
        other[0, changed] = (other[0, changed] + 1) % VOCAB_SIZE
        after = logits_of(model, other, is_prefix=is_prefix)
        has_changed = ((after - before).abs().amax(-1) > 1e-5)[0].tolist()
        expected = [True] * 10 if changed < 4 else [place >= changed for place in range(10)]
        assert has_changed == expected, changed


@pytest.mark.parametrize("variant", ["window", "alibi-window"])
def test_a_window_narrows_what_is_seen_of_a_prefix(build: Any, variant: str) -> None:
    # Key 5 is of the prefix: places 3 and 4 see it ahead of them, 6 and 7 behind.
    model, tokens = build(variant, depth=1), draw_tokens(1, 12)
    is_prefix = (torch.arange(12) < 6)[None]
    other = tokens.clone()
    other[0, 5] = (other[0, 5] + 1) % VOCAB_SIZE
    before, after = (logits_of(model, ids, is_prefix=is_prefix) for ids in (tokens, other))
    has_changed = ((after - before).abs().amax(-1) > 1e-5)[0].tolist()
    assert has_changed == [3 <= place <= 7 for place in range(12)]


@pytest.mark.parametrize("variant", PREFIXED)
def test_prefixes_of_packed_documents_stay_apart(build: Any, variant: str) -> None:
    model, tokens = build(variant), draw_tokens(1, 13)
    lengths = (5, 8)
    positions = torch.cat([torch.arange(length) for length in lengths])[None]
    ids = torch.repeat_interleave(torch.arange(2), torch.tensor(lengths))[None]
    is_prefix = torch.tensor([[True] * 2 + [False] * 3 + [True] * 5 + [False] * 3])
    given = {"positions": positions, "document_ids": ids, "is_prefix": is_prefix}
    packed = logits_of(model, tokens, **given)
    for part in (slice(0, 5), slice(5, 13)):
        alone = logits_of(model, tokens[:, part], is_prefix=is_prefix[:, part])
        torch.testing.assert_close(packed[:, part], alone, atol=2e-5, rtol=0)


def test_no_prefix_is_the_causal_model(build: Any) -> None:
    model, tokens = build("glm"), draw_tokens(2, 9)
    none = torch.zeros(2, 9, dtype=torch.bool)
    torch.testing.assert_close(
        logits_of(model, tokens, is_prefix=none), logits_of(model, tokens), atol=1e-5, rtol=0
    )


def test_second_positions_of_blank_infilling_count(build: Any) -> None:
    model, tokens = build("glm"), draw_tokens(1, 6)
    zero = torch.zeros(1, 6, dtype=torch.long)
    plain = logits_of(model, tokens)
    assert torch.equal(logits_of(model, tokens, block_positions=zero), plain)
    later = zero.clone()
    later[0, 3] = 2
    changed = logits_of(model, tokens, block_positions=later)
    assert torch.equal(changed[:, :3], plain[:, :3])
    assert not torch.equal(changed[:, 3], plain[:, 3])


# A window


@pytest.mark.parametrize("variant", ["window", "moe-window", "alibi-window", "relative-window"])
def test_a_window_reaches_back_so_many_tokens_a_layer(build: Any, variant: str) -> None:
    window = VARIANTS[variant][1]["sliding_window"]
    model, tokens = build(variant, depth=2), draw_tokens(1, 14)
    before = logits_of(model, tokens)[0, -1]
    for changed in range(14):
        other = tokens.clone()
        other[0, changed] = (other[0, changed] + 1) % VOCAB_SIZE
        is_seen = 13 - changed <= 2 * (window - 1)
        moved = (logits_of(model, other)[0, -1] - before).abs().max()
        assert (moved > 1e-5) == is_seen, (changed, moved)


def test_layers_before_the_first_with_a_window_see_everything(make_shape: Any) -> None:
    shape = make_shape("qwen3", sliding_window=2)
    shape = shape.model_copy(update={"first_sliding_layer": 1})
    model = build_model(shape, CPU, seed=0).eval()
    assert [block.attn.is_windowed for block in model.blocks] == [False, True]
    tokens = draw_tokens(1, 10)
    other = tokens.clone()
    other[0, 0] = (other[0, 0] + 1) % VOCAB_SIZE
    assert not torch.equal(logits_of(model, tokens)[:, -1], logits_of(model, other)[:, -1])


# A mixture of experts


def test_the_balance_loss_counts_in_training_alone(build: Any) -> None:
    model = build("qwen3_moe")
    tokens, labels = draw_tokens(2, 12), draw_tokens(2, 12, seed=1)
    labels[0, :5] = -100
    measured = model(tokens=tokens, labels=labels).loss_sum
    model.train()
    recorded: list[torch.Tensor] = []
    for block in model.blocks:
        block.mlp.router.register_forward_hook(lambda *args: recorded.append(args[2]))
    trained = model(tokens=tokens, labels=labels).loss_sum
    weight = model.config.balance_loss_weight
    penalty = weight * load_balancing_loss(recorded, 2) * (labels >= 0).sum()
    assert penalty > 0
    torch.testing.assert_close(trained - measured, penalty, atol=1e-4, rtol=0)


def test_padding_has_no_part_in_the_balance_loss(build: Any) -> None:
    model = build("qwen3_moe").train()
    model.config = model.config.model_copy(update={"balance_loss_weight": 1.0})
    tokens, labels = draw_tokens(1, 12), draw_tokens(1, 12, seed=1)
    alone = model(tokens=tokens, document_ids=torch.zeros_like(tokens), labels=labels).loss_sum
    padded = model(
        tokens=F.pad(tokens, (0, 20), value=3),
        document_ids=F.pad(torch.zeros_like(tokens), (0, 20), value=-1),
        labels=F.pad(labels, (0, 20), value=-100),
    ).loss_sum
    torch.testing.assert_close(padded, alone, atol=1e-4, rtol=0)


def test_the_balance_loss_alone_reaches_the_routers(build: Any) -> None:
    grads = []
    for weight in (0.0, 0.5):
        model = build("qwen3_moe").train()
        model.config = model.config.model_copy(update={"balance_loss_weight": weight})
        labels = draw_tokens(2, 12, seed=1)
        model(tokens=draw_tokens(2, 12), labels=labels).loss_sum.backward()
        grads.append([block.mlp.router.weight.grad.clone() for block in model.blocks])
    for without, with_balance in zip(*grads, strict=True):
        assert without.abs().max() > 0
        assert (without - with_balance).abs().max() > 1e-4
