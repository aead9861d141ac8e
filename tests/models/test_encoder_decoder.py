"""The encoder-decoder Transformer: what its decoder may see, and that a cache changes nothing."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from tests.models.copy_task import CopyTask, exact_match, train_on_task
from tests.models.random_models import VOCAB_SIZE, build_random, draw_tokens
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from yanmo.models.build import build_model, count_params, lay_out

CPU = torch.device("cpu")
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "t5": ("t5", {}),
    "t5-plain": ("t5", {"mlp": "plain"}),
    "t5-untied": ("t5", {"tie_embeddings": False}),
    "marian": ("marian", {}),
    "marian-untied": ("marian", {"tie_embeddings": False}),
    "deeper-decoder": ("marian", {"num_decoder_layers": 3}),
    "deeper-encoder": ("t5", {"depth": 3, "num_decoder_layers": 1}),
}
every_variant = pytest.mark.parametrize("variant", VARIANTS)
SOURCE_MASK = torch.arange(8) < torch.tensor([8, 3, 5])[:, None]


@pytest.fixture
def build(make_shape: Any) -> Any:
    """A function from a variant to a model away from its small initial values."""

    def make(variant: str, **more: Any) -> Any:
        family, fields = VARIANTS[variant]
        return build_random(make_shape(family, VOCAB_SIZE, **(fields | more)))

    return make


def changed_at(tokens: torch.Tensor, place: int) -> torch.Tensor:
    other = tokens.clone()
    other[:, place] = (other[:, place] + 1) % VOCAB_SIZE
    return other


@every_variant
@pytest.mark.parametrize("pieces", [(1,) * 7, (3, 1, 3), (1, 6)], ids=str)
@torch.no_grad()
def test_a_cache_gives_the_logits_of_the_whole_target(
    build: Any, variant: str, pieces: tuple[int, ...]
) -> None:
    model, source, tokens = build(variant), draw_tokens(3, 8), draw_tokens(3, 7, seed=1)
    whole = model(tokens=tokens, source_tokens=source, source_mask=SOURCE_MASK)
    assert whole.logits.std() > 0.01, "logits that hardly differ prove nothing"
    memory = model.encode(source, SOURCE_MASK)
    torch.testing.assert_close(memory, whole.memory, atol=0, rtol=0)
    cache = model.build_cache(3, 7)
    parts = [
        model(tokens=part, source_mask=SOURCE_MASK, memory=memory, cache=cache).logits
        for part in tokens.split(pieces, dim=1)
    ]
    assert cache.length == 7
    torch.testing.assert_close(torch.cat(parts, 1), whole.logits, atol=2e-5, rtol=0)


@every_variant
@torch.no_grad()
def test_a_cache_that_was_emptied_serves_another_source(build: Any, variant: str) -> None:
    model, tokens = build(variant), draw_tokens(2, 5, seed=1)
    cache = model.build_cache(2)
    for seed in (0, 3):
        source = draw_tokens(2, 6, seed=seed)
        memory = model.encode(source)
        found = model(tokens=tokens, memory=memory, cache=cache).logits
        expected = model(tokens=tokens, source_tokens=source).logits
        torch.testing.assert_close(found, expected, atol=2e-5, rtol=0)
        cache.truncate(0)
        assert cache.length == 0


@every_variant
@torch.no_grad()
def test_a_cache_forgets_the_end_and_goes_on(build: Any, variant: str) -> None:
    model, source, tokens = build(variant), draw_tokens(2, 6), draw_tokens(2, 8, seed=1)
    memory = model.encode(source)
    cache = model.build_cache(2)
    model(tokens=draw_tokens(2, 8, seed=5), memory=memory, cache=cache)
    model_after = model.build_cache(2)
    model(tokens=tokens[:, :5], memory=memory, cache=model_after)
    model(tokens=draw_tokens(2, 3, seed=6), memory=memory, cache=model_after)
    model_after.truncate(5)
    rest = model(tokens=tokens[:, 5:], memory=memory, cache=model_after).logits
    whole = model(tokens=tokens, memory=memory).logits
    torch.testing.assert_close(rest, whole[:, 5:], atol=2e-5, rtol=0)


@every_variant
@torch.no_grad()
def test_padding_of_the_source_is_never_seen(build: Any, variant: str) -> None:
    model, source, tokens = build(variant), draw_tokens(3, 8), draw_tokens(3, 6, seed=1)
    other = torch.where(SOURCE_MASK, source, (source + 5) % VOCAB_SIZE)
    before = model(tokens=tokens, source_tokens=source, source_mask=SOURCE_MASK).logits
    after = model(tokens=tokens, source_tokens=other, source_mask=SOURCE_MASK).logits
    assert torch.equal(before, after)
    for row, length in enumerate((8, 3, 5)):
        alone = model(tokens=tokens[row : row + 1], source_tokens=source[row : row + 1, :length])
        torch.testing.assert_close(before[row], alone.logits[0], atol=2e-5, rtol=0)


@every_variant
@torch.no_grad()
def test_the_decoder_is_causal_and_sees_the_whole_source(build: Any, variant: str) -> None:
    model, source, tokens = build(variant), draw_tokens(1, 5), draw_tokens(1, 7, seed=1)
    before = model(tokens=tokens, source_tokens=source).logits
    for place in range(1, 7):
        after = model(tokens=changed_at(tokens, place), source_tokens=source).logits
        assert torch.equal(after[:, :place], before[:, :place])
        assert ((after[:, place:] - before[:, place:]).abs().amax(-1) > 1e-5).all()
    for place in range(5):
        after = model(tokens=tokens, source_tokens=changed_at(source, place)).logits
        assert ((after - before).abs().amax(-1) > 1e-5).all()


@every_variant
@torch.no_grad()
def test_the_order_counts_on_both_sides(build: Any, variant: str) -> None:
    # In one layer, since deeper ones see order through the causal mask too.
    model = build(variant, depth=1, num_decoder_layers=1)
    source, tokens = draw_tokens(1, 6), draw_tokens(1, 6, seed=1)
    swap = [1, 0, 2, 3, 4, 5]
    before = model(tokens=tokens, source_tokens=source).logits[:, -1]
    for given in ((tokens[:, swap], source), (tokens, source[:, swap])):
        after = model(tokens=given[0], source_tokens=given[1]).logits[:, -1]
        assert (after - before).abs().max() > 1e-5


@every_variant
@torch.no_grad()
def test_an_encoding_takes_the_place_of_its_source(build: Any, variant: str) -> None:
    model, source, tokens = build(variant), draw_tokens(3, 8), draw_tokens(3, 6, seed=1)
    memory = model.encode(source, SOURCE_MASK)
    assert memory.shape == (3, 8, 32)
    given = model(tokens=tokens, source_tokens=source, source_mask=SOURCE_MASK)
    found = model(tokens=tokens, memory=memory, source_mask=SOURCE_MASK)
    assert torch.equal(found.logits, given.logits)
    chosen = torch.tensor([2, 0, 0, 1])
    rows = model(tokens=tokens[chosen], source_mask=SOURCE_MASK[chosen], memory=memory[chosen])
    torch.testing.assert_close(rows.logits, given.logits[chosen], atol=1e-5, rtol=0)


@every_variant
def test_the_loss_is_that_of_the_logits(build: Any, variant: str) -> None:
    model, source = build(variant), draw_tokens(3, 8)
    tokens, labels = draw_tokens(3, 6, seed=1), draw_tokens(3, 6, seed=2)
    labels[1, 2:] = -100
    given = {"tokens": tokens, "source_tokens": source, "source_mask": SOURCE_MASK}
    logits = model(**given).logits.flatten(0, 1)
    for smoothing in (0.0, 0.1):
        output = model(**given, labels=labels, label_smoothing=smoothing)
        expected = F.cross_entropy(
            logits, labels.flatten(), reduction="sum", label_smoothing=smoothing
        )
        assert output.scores is None
        torch.testing.assert_close(output.loss_sum, expected, atol=1e-4, rtol=0)


@every_variant
def test_padding_of_the_target_changes_nothing(build: Any, variant: str) -> None:
    model, source = build(variant), draw_tokens(2, 5)
    tokens, labels = draw_tokens(2, 6, seed=1), draw_tokens(2, 6, seed=2)
    labels[:, 4:] = -100
    cut = model(tokens=tokens[:, :4], source_tokens=source, labels=labels[:, :4]).loss_sum
    padded = model(tokens=tokens, source_tokens=source, labels=labels).loss_sum
    torch.testing.assert_close(cut, padded, atol=1e-5, rtol=0)


@pytest.mark.parametrize("variant", ["t5", "t5-plain", "deeper-encoder"])
def test_one_table_of_relative_positions_serves_all_layers_of_a_side(
    build: Any, variant: str
) -> None:
    model = build(variant)
    tables = [name for name, _ in model.named_parameters() if "relative_bias" in name]
    assert tables == ["encoder.relative_bias.weight", "decoder.relative_bias.weight"]
    with torch.no_grad():
        source, tokens = draw_tokens(1, 6), draw_tokens(1, 6, seed=1)
        for side, num_layers in (
            ("encoder", model.config.num_layers),
            ("decoder", model.config.num_decoder_layers),
        ):
            masks: list[Any] = []
            stack = model.get_submodule(side)
            for block in stack.blocks:
                block.attn.register_forward_pre_hook(
                    lambda _, inputs, kept=masks: kept.append(inputs[1].mask)
                )
            model(tokens=tokens, source_tokens=source)
            assert len(masks) == num_layers
            assert all(mask is masks[0] for mask in masks)
            bias = stack.relative_bias(torch.arange(6), torch.arange(6))
            is_seen = masks[0] > -1e4
            torch.testing.assert_close(masks[0][is_seen], bias[is_seen], atol=0, rtol=0)
            assert is_seen.sum() == 4 * (36 if side == "encoder" else 21)


@every_variant
def test_every_parameter_gets_a_gradient(build: Any, variant: str) -> None:
    model = build(variant).train()
    output = model(
        tokens=draw_tokens(3, 16, seed=1),
        source_tokens=draw_tokens(3, 20),
        labels=draw_tokens(3, 16, seed=2),
    )
    output.loss_sum.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        is_still = name.endswith("k_proj.bias")  # a constant on all keys moves no softmax
        assert is_still or parameter.grad.abs().max() > 0, name


@every_variant
def test_the_loss_begins_at_knowing_nothing(make_shape: Any, variant: str) -> None:
    family, fields = VARIANTS[variant]
    model = build_model(make_shape(family, 2048, **(fields | {"d_model": 128})), CPU, seed=0).eval()
    generator = torch.Generator().manual_seed(4)
    source = torch.randint(2048, (4, 20), generator=generator)
    target = torch.randint(2048, (4, 21), generator=generator)
    with torch.no_grad():
        output = model(tokens=target[:, :-1], source_tokens=source, labels=target[:, 1:])
    assert output.loss_sum.item() / 80 == pytest.approx(math.log(2048), rel=0.03)


@every_variant
def test_parameters_are_counted_without_building(make_shape: Any, variant: str) -> None:
    family, fields = VARIANTS[variant]
    shape = make_shape(family, **fields)
    model = build_model(shape, CPU, seed=0)
    counted = sum({id(p): p.numel() for p in model.parameters()}.values())
    assert model.num_params() == count_params(shape) == counted
    assert {parameter.device.type for parameter in lay_out(shape).parameters()} == {"meta"}
    assert (model.lm_head.weight is model.embed.weight) == shape.tie_embeddings


@every_variant
def test_flops_per_token_are_the_products_that_torch_counts(build: Any, variant: str) -> None:
    model = build(variant).train()
    source, tokens = draw_tokens(3, 12), draw_tokens(3, 12, seed=1)
    counter = FlopCounterMode(display=False)
    math_kernel = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)
    with math_kernel, counter:
        model(tokens=tokens, source_tokens=source).logits.sum().backward()
    assert counter.get_total_flops() == tokens.numel() * model.flops_per_token(12)


@every_variant
@torch.no_grad()
def test_dropout_acts_in_training_only(build: Any, variant: str) -> None:
    model = build(variant, dropout=0.3).train()
    given = {"tokens": draw_tokens(1, 6), "source_tokens": draw_tokens(1, 5, seed=1)}
    assert not torch.equal(model(**given).logits, model(**given).logits)
    model.eval()
    assert torch.equal(model(**given).logits, model(**given).logits)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "steps", "warmup_steps", "task"),
    [
        ("marian", 600, 50, "copy"),
        ("t5", 900, 100, "reverse"),
        pytest.param("marian", 600, 50, "reverse", marks=pytest.mark.nightly),
        pytest.param("t5", 900, 100, "copy", marks=pytest.mark.nightly),
    ],
)
def test_the_transformer_learns_to_copy_and_to_reverse(
    make_shape: Any, family: str, steps: int, warmup_steps: int, task: Any
) -> None:
    shape = make_shape(family, 20, depth=2, d_model=64, d_ff=128, max_seq_len=16)
    model = build_model(shape, CPU, seed=0)
    train_on_task(model, CopyTask(task), steps=steps, learning_rate=3e-3, warmup_steps=warmup_steps)
    assert exact_match(model, CopyTask(task)) >= 0.99


@torch.no_grad()
def test_attention_that_is_not_scaled_begins_with_scores_of_variance_one(make_shape: Any) -> None:
    # T5 has no division by sqrt(head_dim); its initial weights stand for it.
    for family in ("t5", "marian"):
        shape = make_shape(family, d_model=256, num_heads=4)
        attn = build_model(shape, CPU, seed=0).get_submodule("encoder.blocks.0.attn")
        x = torch.randn(1, 64, 256, generator=torch.Generator().manual_seed(0))
        query, key = (
            projection(x).unflatten(-1, (4, 64)).transpose(1, 2)
            for projection in (attn.q_proj, attn.k_proj)
        )
        scores = query @ key.transpose(-1, -2) * (attn.scale or 64**-0.5)
        assert scores.std().item() == pytest.approx(1.0, rel=0.1)


def test_embeddings_are_larger_where_scores_are_scaled_down(make_shape: Any) -> None:
    tied, untied = (make_shape("t5", 1024, tie_embeddings=tied) for tied in (True, False))
    stds = [build_model(shape, CPU, seed=0).embed.weight.std().item() for shape in (tied, untied)]
    assert stds[0] == pytest.approx(0.02 * 32**0.5, rel=0.02)
    assert stds[1] == pytest.approx(0.02, rel=0.02)
