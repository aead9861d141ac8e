"""The gradient of every layer and of every function with a backward of its own is right.

Each case is compared with finite differences in float64, for its inputs and all its parameters.
What a case ran is recorded, so that a layer without a check is found.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pytest
import torch
from torch import nn
from torch.autograd.gradcheck import GradcheckError
from torch.nn.modules.module import register_module_forward_hook

import yanmo.nn
from yanmo.nn.alibi import alibi_bias
from yanmo.nn.attention import Attention, AttentionContext, CrossAttention
from yanmo.nn.attention_backends import AttentionBackend, attend
from yanmo.nn.block import Block
from yanmo.nn.causal_convolution import CausalConvolution, GatedConvolution
from yanmo.nn.cross_entropy import linear_cross_entropy
from yanmo.nn.linear_chain import LinearChain
from yanmo.nn.lora import LoRALinear
from yanmo.nn.mask import (
    additive_mask,
    causal_document_mask,
    causal_offset_mask,
    prefix_document_mask,
    sliding_window_mask,
)
from yanmo.nn.mixture import MixtureOfExperts, load_balancing_loss
from yanmo.nn.mlp import MLP, Activation, GatedMLP
from yanmo.nn.norm import NormKind, build_norm
from yanmo.nn.quantized_linear import QuantizedLinear
from yanmo.nn.recurrent import Cell, Recurrent, RecurrentEncoder
from yanmo.nn.recurrent_attention import AdditiveAttention, MultiplicativeAttention
from yanmo.nn.relative_bias import RelativeBias
from yanmo.nn.rotary import apply_rotary, rotary_angles
from yanmo.nn.rotary_scaling import RotaryScaling
from yanmo.nn.soft_prompt import PromptedEmbedding

DOCUMENTS = torch.tensor([[0, 0, 1, 1]])
PLACES = torch.arange(4)
CAUSAL = AttentionContext(is_causal=True)


@dataclass(frozen=True)
class Case:
    """A function of float64 tensors, all of which want a gradient."""

    run: Callable[..., Any]
    tensors: tuple[torch.Tensor, ...]


CASES: dict[str, Callable[[], Case]] = {}


def add(name: str, build: Callable[[], Case]) -> None:
    """Enter a case; building it seeds the generator first."""
    assert name not in CASES

    def seeded() -> Case:
        torch.manual_seed(0)
        return build()

    CASES[name] = seeded


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


def of(module: nn.Module, *inputs: torch.Tensor, rest: tuple[Any, ...] = ()) -> Case:
    """`module(*inputs, *rest)` as a function of the inputs and of every parameter."""
    module.double()
    names = [name for name, _ in module.named_parameters()]
    parameters = [torch.randn_like(p, requires_grad=True) for p in module.parameters()]

    def run(*tensors: torch.Tensor) -> Any:
        state = dict(zip(names, tensors[len(inputs) :], strict=True))
        return torch.func.functional_call(module, state, (*tensors[: len(inputs)], *rest))

    return Case(run, (*inputs, *parameters))


def build_attention(kind: type[Attention] = Attention, **changes: Any) -> Attention:
    shape: dict[str, Any] = {
        "d_model": 4,
        "num_heads": 2,
        "num_kv_heads": 1,
        "head_dim": 4,
        "has_bias": False,
        "norm_eps": 1e-6,
        "dropout": 0.0,
    }
    return kind(**(shape | changes))


def rotary_context() -> AttentionContext:
    mask = additive_mask(causal_document_mask(DOCUMENTS), torch.float64)
    return AttentionContext(mask=mask, rotary=rotary_angles(PLACES[None], 4, 1e4))


def window_context() -> AttentionContext:
    mask = sliding_window_mask(causal_offset_mask(4, 4, torch.device("cpu")), PLACES, PLACES, 2)
    return AttentionContext(is_causal=True, window_mask=mask)


def prefix_context() -> AttentionContext:
    is_prefix = torch.tensor([[True, True, False, True]])
    return AttentionContext(mask=prefix_document_mask(DOCUMENTS, is_prefix))


def alibi_context() -> AttentionContext:
    bias = alibi_bias(PLACES[None], PLACES[None], 2).double()
    causal = additive_mask(causal_offset_mask(4, 4, torch.device("cpu")), torch.float64)
    return AttentionContext(mask=bias + causal)


def memory_context() -> AttentionContext:
    is_real = torch.tensor([[[[True, True, False]]]])
    return AttentionContext(is_causal=True, memory=draw(1, 3, 4).detach(), memory_mask=is_real)


class _AttentionWithBias(nn.Module):
    """An attention layer under T5's learned bias, as a stack of T5 uses them."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = RelativeBias(8, 6, 2, is_bidirectional=True)
        self.attn = build_attention(norm_eps=None, is_scaled=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.attn(x, AttentionContext(mask=self.bias(PLACES, PLACES)), 0)  # type: ignore[no-any-return]


class _CrossAttentionOfMemory(nn.Module):
    """Cross-attention as a function of the memory too."""

    def __init__(self) -> None:
        super().__init__()
        self.attn = build_attention(CrossAttention, norm_eps=None, has_bias=True)

    def forward(self, x: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        return self.attn(x, AttentionContext(memory=memory), 0)  # type: ignore[no-any-return]


def build_block(*, is_post_norm: bool, has_memory: bool, mlp: nn.Module) -> Block:
    return Block(
        attn=build_attention(norm_eps=None),
        mlp=mlp,
        attn_norm=build_norm("rms_norm", 4, 1e-6),
        mlp_norm=build_norm("layer_norm", 4, 1e-6),
        dropout=0.0,
        is_post_norm=is_post_norm,
        cross_attn=build_attention(CrossAttention) if has_memory else None,  # type: ignore[arg-type]
        cross_attn_norm=build_norm("rms_norm", 4, 1e-6) if has_memory else None,
    )


def build_mixture(has_normalized_weights: bool) -> MixtureOfExperts:
    return MixtureOfExperts(4, 3, 4, 2, "silu", has_normalized_weights)


def of_mixture(layer: MixtureOfExperts, x: torch.Tensor) -> Case:
    """A case whose routing finite differences cannot change: no choice is near a tie."""
    case = of(layer, x)
    scores = x @ case.tensors[1].T  # the router is the first parameter
    ranked = scores.detach().sort(-1, descending=True).values
    assert (ranked[..., 1] - ranked[..., 2]).min() > 1e-2, "a choice near a tie"
    return case


class _RecurrentOutputs(nn.Module):
    """A recurrent stack whose results are one tuple, and whose first state is an input."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.recurrent = Recurrent(cell=cell, d_input=2, d_hidden=2, num_layers=2, dropout=0.0)

    def forward(
        self, x: torch.Tensor, hidden: torch.Tensor, document_ids: torch.Tensor | None
    ) -> tuple[torch.Tensor, ...]:
        state = (hidden, hidden * 0.5)[: self.recurrent.num_states]
        output, last = self.recurrent(x, document_ids, state)
        return (output, *last)


class _EncoderOutputs(nn.Module):
    """A recurrent encoder whose results are one tuple."""

    def __init__(self, cell: Cell, *, is_bidirectional: bool) -> None:
        super().__init__()
        self.encoder = RecurrentEncoder(
            cell=cell,
            d_input=2,
            d_hidden=2,
            num_layers=2,
            dropout=0.0,
            is_bidirectional=is_bidirectional,
        )

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        states, last = self.encoder(x, mask)
        return (states, *last)


class _ScoresOfStates(nn.Module):
    """A recurrent decoder's attention, keys computed from the states."""

    def __init__(self, attention: AdditiveAttention | MultiplicativeAttention) -> None:
        super().__init__()
        self.attention = attention

    def forward(self, query: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
        mask = torch.tensor([[True, True, False]])
        mixed: torch.Tensor = self.attention(query, self.attention.keys(states), states, mask)
        return mixed


def loss_case(*, has_bias: bool, label_smoothing: float) -> Case:
    labels = torch.tensor([[1, -100, 0, 4, 4], [2, 2, -100, -100, 3]])

    def run(hidden: torch.Tensor, weight: torch.Tensor, *bias: torch.Tensor) -> torch.Tensor:
        return linear_cross_entropy(
            hidden, weight, labels, bias[0] if bias else None, label_smoothing
        )

    bias = (draw(5),) if has_bias else ()
    return Case(run, (draw(2, 5, 3), draw(5, 3), *bias))


def tied_case() -> Case:
    tokens = torch.tensor([[1, 1, 4, 0]])
    labels = torch.tensor([[1, 4, 0, -100]])

    def run(weight: torch.Tensor) -> torch.Tensor:
        hidden = nn.functional.embedding(tokens, weight)  # token 1 twice, tokens 2 and 3 never
        return linear_cross_entropy(hidden.tanh(), weight, labels)

    return Case(run, (draw(5, 3),))


def balancing_case() -> Case:
    is_counted = torch.tensor([True, True, False, True, True])

    def run(*logits: torch.Tensor) -> torch.Tensor:
        return load_balancing_loss(logits, 2, is_counted)

    return Case(run, (draw(5, 4), draw(5, 4)))


def attend_case(backend: AttentionBackend, mask: torch.Tensor | None) -> Case:
    def run(*tensors: torch.Tensor) -> torch.Tensor:
        return attend(*tensors, mask=mask, is_causal=mask is None, scale=0.7, backend=backend)

    return Case(run, (draw(1, 4, 3, 2), draw(1, 2, 5, 2), draw(1, 2, 5, 2)))


def enter_norms_and_positions() -> None:
    norms: tuple[NormKind, ...] = ("rms_norm", "layer_norm")
    for norm in norms:
        add(norm, lambda norm=norm: of(build_norm(norm, 5, 1e-5), draw(2, 3, 5)))  # type: ignore[misc]
    scaling = RotaryScaling(kind="yarn", factor=4.0, original_max_seq_len=64)
    for stretched in (None, scaling):
        angles = rotary_angles(torch.tensor([[0, 3, 50]]), 4, 1e4, stretched)
        add(
            f"rotary {'yarn' if stretched else 'plain'}",
            lambda angles=angles: Case(lambda x: apply_rotary(x, angles), (draw(1, 2, 3, 4),)),  # type: ignore[misc]
        )
    positions = (torch.tensor([0, 4, 90]), torch.tensor([0, 1, 7, 300]))
    for is_bidirectional in (False, True):
        add(
            f"relative bias, bidirectional {is_bidirectional}",
            lambda b=is_bidirectional: of(RelativeBias(8, 20, 2, b), rest=positions),  # type: ignore[misc]
        )


def enter_attention() -> None:
    def layer(context: Callable[[], AttentionContext], **changes: Any) -> Callable[[], Case]:
        return lambda: of(build_attention(**changes), draw(1, 4, 4), rest=(context(), 0))

    full = {"norm_eps": None, "has_bias": True, "num_kv_heads": 2}
    add("attention, causal, biases, all heads", layer(lambda: CAUSAL, **full))
    add("attention, rotary, norms, documents", layer(rotary_context))
    add("attention, sliding window", layer(window_context, is_windowed=True))
    add("attention, prefix", layer(prefix_context))
    add("attention, alibi, not scaled", layer(alibi_context, is_scaled=False))
    add("attention, learned bias", lambda: of(_AttentionWithBias(), draw(1, 4, 4)))
    add("cross-attention", lambda: of(_CrossAttentionOfMemory(), draw(1, 2, 4), draw(1, 3, 4)))
    allowed = torch.tensor([[1, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 0, 1, 1, 1]]) > 0
    backends: tuple[AttentionBackend, ...] = ("explicit", "sdpa")
    for backend in backends:
        for mask in (None, allowed[None, None], additive_mask(allowed, torch.float64)[None, None]):
            kind = "causal" if mask is None else str(mask.dtype).removeprefix("torch.")
            add(f"attend, {backend}, {kind}", lambda b=backend, m=mask: attend_case(b, m))  # type: ignore[misc]


def enter_feed_forward() -> None:
    activations: tuple[Activation, ...] = ("silu", "gelu", "gelu_tanh", "relu")
    for activation in activations:
        for mlp in (MLP, GatedMLP):
            add(
                f"{mlp.__name__}, {activation}",
                lambda mlp=mlp, a=activation: of(  # type: ignore[misc]
                    mlp(d_model=3, d_ff=4, activation=a, has_bias=True), draw(1, 2, 3)
                ),
            )
    for is_normalized in (False, True):
        add(
            f"mixture, normalized {is_normalized}",
            lambda n=is_normalized: of_mixture(build_mixture(n), draw(1, 5, 4)),  # type: ignore[misc]
        )
    add("balancing loss", balancing_case)


def enter_blocks_and_losses() -> None:
    def gated() -> nn.Module:
        return GatedMLP(d_model=4, d_ff=3, activation="silu", has_bias=False)

    for is_post_norm in (False, True):
        for has_memory in (False, True):
            add(
                f"block, post-norm {is_post_norm}, memory {has_memory}",
                lambda post=is_post_norm, memory=has_memory: of(  # type: ignore[misc]
                    build_block(is_post_norm=post, has_memory=memory, mlp=gated()),
                    draw(1, 3, 4),
                    rest=(memory_context(), 0),
                ),
            )
    for has_bias in (False, True):
        for smoothing in (0.0, 0.1):
            add(
                f"cross-entropy, bias {has_bias}, smoothing {smoothing}",
                lambda b=has_bias, s=smoothing: loss_case(has_bias=b, label_smoothing=s),  # type: ignore[misc]
            )
    add("tied embedding", tied_case)


def enter_recurrent_and_convolution() -> None:
    cells: tuple[Cell, ...] = ("rnn", "lstm", "gru")
    is_real = torch.tensor([[1, 1, 1], [1, 1, 0]]) > 0
    for cell in cells:
        for documents in (None, torch.tensor([[0, 0, 2, -1], [1, 1, 1, 5]])):
            add(
                f"{cell}, {'one document' if documents is None else 'documents'}",
                lambda c=cell, d=documents: of(  # type: ignore[misc]
                    _RecurrentOutputs(c), draw(2, 4, 2), draw(2, 2, 2), rest=(d,)
                ),
            )
        for both in (False, True):
            add(
                f"{cell} encoder, both directions {both}",
                lambda c=cell, b=both: of(  # type: ignore[misc]
                    _EncoderOutputs(c, is_bidirectional=b), draw(2, 3, 2), rest=(is_real,)
                ),
            )
    for attention in (AdditiveAttention, MultiplicativeAttention):
        add(
            attention.__name__,
            lambda a=attention: of(_ScoresOfStates(a(3)), draw(1, 2, 3), draw(1, 3, 3)),  # type: ignore[misc]
        )
    add(
        "causal convolution",
        lambda: of(
            CausalConvolution(d_input=3, d_output=2, kernel_size=2, dilation=2),
            draw(1, 4, 3),
            rest=(DOCUMENTS,),
        ),
    )
    add(
        "gated convolution",
        lambda: of(
            GatedConvolution(
                d_model=3,
                d_ff=2,
                kernel_size=2,
                dilation=1,
                norm=build_norm("layer_norm", 3, 1e-5),
                dropout=0.0,
            ),
            draw(1, 4, 3),
        ),
    )


def enter_task_layers() -> None:
    mask = torch.tensor([[True, True, True], [True, True, False]])
    tags = torch.tensor([[0, 1, 1], [1, 0, -100]])
    add("linear_chain", lambda: of(LinearChain(2), draw(2, 3, 2), rest=(tags, mask)))
    add("quantized linear", lambda: of(QuantizedLinear(nn.Linear(4, 3), 8), draw(2, 4)))
    add("lora", lambda: of(LoRALinear(nn.Linear(4, 3), rank=2, alpha=3.0), draw(2, 4)))
    prompted = torch.tensor([[5, 6, 1, 1, 4]])
    add("soft_prompt", lambda: of(PromptedEmbedding(nn.Embedding(5, 3), 2), rest=(prompted,)))


for enter in (
    enter_task_layers,
    enter_norms_and_positions,
    enter_attention,
    enter_feed_forward,
    enter_blocks_and_losses,
    enter_recurrent_and_convolution,
):
    enter()


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_equals_finite_differences(name: str) -> None:
    case = CASES[name]()
    assert torch.autograd.gradcheck(case.run, case.tensors)


def checked_classes(case: Case) -> set[str]:
    """Names of the layers that `case` runs and of the functions in its graph."""
    found: set[str] = set()
    hook = register_module_forward_hook(lambda module, *_: found.add(type(module).__qualname__))
    try:
        results = case.run(*case.tensors)
    finally:
        hook.remove()
    nodes = [x.grad_fn for x in (results if isinstance(results, tuple) else (results,))]
    seen = set()
    while nodes:
        node = nodes.pop()
        if node is not None and node not in seen:
            seen.add(node)
            found.add(node.name().removesuffix("Backward"))
            nodes.extend(parent for parent, _ in node.next_functions)
    return found


def classes_of_nn() -> Iterator[type]:
    """Every layer and every function with a backward of its own that `yanmo.nn` defines."""
    for found in pkgutil.iter_modules(yanmo.nn.__path__):
        module = importlib.import_module(f"yanmo.nn.{found.name}")
        for item in vars(module).values():
            is_own = isinstance(item, type) and item.__module__ == module.__name__
            if is_own and issubclass(item, nn.Module | torch.autograd.Function):
                yield item


def test_every_layer_has_a_gradient_check() -> None:
    checked = set(chain.from_iterable(checked_classes(build()) for build in CASES.values()))
    missing = [item.__qualname__ for item in classes_of_nn() if item.__qualname__ not in checked]
    assert missing == []
    assert len(list(classes_of_nn())) > 10


def test_a_wrong_gradient_is_found() -> None:
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            return x * x

        @staticmethod
        def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
            return grad

    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(Wrong.apply, (draw(3),))
