"""Compiling is decided by the length of a run, told to the user, and changes no number."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
import torch
from tests.training import small_job
from torch import nn
from torch.fx.experimental.proxy_tensor import make_fx

from yanmo.parallel.execution import SingleProcess
from yanmo.parallel.ranks import Ranks
from yanmo.training import compilation
from yanmo.training.compilation import (
    compilation_of,
    compile_model,
    estimate_saving,
    has_compiler,
    keep_compiled_code,
    wants_compiled,
)
from yanmo.training.compiled_products import ProductsForProcessors
from yanmo.training.objectives.causal import CausalObjective

CPU = torch.device("cpu")


def text_of(console: object) -> str:
    return str(console._stream.getvalue())  # type: ignore[attr-defined]


def test_auto_compiles_long_runs_and_leaves_short_ones() -> None:
    model = small_job.build_model()
    for steps, is_compiled in ((5, False), (10**9, True)):
        console = small_job.silent_console()
        config = small_job.build_config(steps=steps, compile="auto")
        assert wants_compiled(model, config, CPU, console) is is_compiled
        assert ("auto: yes" in text_of(console)) is is_compiled


def test_what_is_won_grows_with_the_run_and_what_it_costs_does_not() -> None:
    model = small_job.build_model()
    short = estimate_saving(model, small_job.build_config(steps=100), CPU)
    long = estimate_saving(model, small_job.build_config(steps=200), CPU)
    assert long[0] == pytest.approx(2 * short[0])
    assert long[1] == short[1]
    assert estimate_saving(nn.Linear(2, 2), small_job.build_config(), CPU)[0] == 0.0


def test_whether_and_why_not_is_known_afterwards() -> None:
    model = small_job.build_model()
    plain, compiled = SingleProcess(model), SingleProcess(model, nn.Sequential(model))
    short = small_job.build_config(steps=5, compile="auto")
    asked, not_asked = (small_job.build_config(compile=given) for given in (True, False))
    assert compilation_of(compiled, asked, CPU) == "compiled"
    assert compilation_of(plain, asked, CPU) == "failed"
    assert compilation_of(plain, not_asked, CPU) == "not_asked_for"
    assert compilation_of(plain, short, CPU) == "not_worth_it"
    model.compile()  # in place, as the blocks of a spread model are
    assert compilation_of(plain, asked, CPU) == "compiled"


@pytest.mark.parametrize("given", [True, False])
def test_a_recipe_that_decides_is_obeyed(given: bool) -> None:
    console = small_job.silent_console()
    config = small_job.build_config(compile=given)
    assert wants_compiled(small_job.build_model(), config, CPU, console) is given
    assert not text_of(console)


def test_compiled_code_is_kept_in_the_user_s_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "named"))
    assert keep_compiled_code() == tmp_path / "named"
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert keep_compiled_code() == tmp_path / "yanmo" / "compiled"
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == str(tmp_path / "yanmo" / "compiled")
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert not keep_compiled_code().is_relative_to(tmp_path)


WITHOUT_COMPILER = """
import torch
from tests.training import small_job
from yanmo.training.compilation import compile_model, has_compiler
from yanmo.training.objectives.causal import CausalObjective
model = small_job.build_model()
console = small_job.silent_console()
ids = torch.zeros(2, small_job.ROW_TOKENS, dtype=torch.int64)
batch = {"tokens": ids, "labels": ids}
assert compile_model(model, CausalObjective(), batch, console, has_fixed_shape=True) is model
assert all(parameter.grad is None for parameter in model.parameters())
assert not has_compiler(small_job.CPU, console)
print(console._stream.getvalue())
"""


@pytest.mark.slow
def test_without_a_compiler_the_model_comes_back_as_it_was(tmp_path: Path) -> None:
    environment = os.environ | {
        "CXX": "/nonexistent",  # torch looks at it when it is loaded: a process of its own
        "TORCHINDUCTOR_CACHE_DIR": str(tmp_path),
    }
    root = Path(__file__).parents[2]
    program = [sys.executable, "-c", WITHOUT_COMPILER]
    said = subprocess.check_output(program, text=True, env=environment, cwd=root)
    assert said.count("going on without") == 2


def test_products_with_sums_are_taken_apart_and_give_the_same() -> None:
    def function(added: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return torch.relu(torch.addmm(added, left, right))

    inputs = [torch.randn(5), torch.randn(3, 4), torch.randn(4, 5)]
    module = make_fx(function, tracing_mode="fake")(*inputs)
    ProductsForProcessors()(module.graph)
    module.recompile()
    targets = [node.target for node in module.graph.nodes if node.op == "call_function"]
    assert targets[:2] == [torch.ops.aten.mm.default, torch.ops.aten.add.Tensor]
    torch.testing.assert_close(module(*inputs), function(*inputs))


def test_products_with_factors_or_in_bfloat16_stay_whole() -> None:
    def scaled(added: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return torch.addmm(added, left, right, alpha=0.5)

    def plain(added: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return torch.addmm(added, left, right)

    for function, dtype in ((scaled, torch.float32), (plain, torch.bfloat16)):
        inputs = [torch.randn(*shape, dtype=dtype) for shape in ((5,), (3, 4), (4, 5))]
        module = make_fx(function, tracing_mode="fake")(*inputs)
        ProductsForProcessors()(module.graph)
        targets = [node.target for node in module.graph.nodes if node.op == "call_function"]
        assert targets == [torch.ops.aten.addmm.default]


def test_sums_of_rows_that_a_product_reads_become_products() -> None:
    def bias_gradient(rows: torch.Tensor, inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return rows.t() @ inputs, rows.sum(0, keepdim=True)

    def sum_alone(rows: torch.Tensor, inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return rows * 2, inputs.sum(0, keepdim=True)

    inputs = [torch.randn(7, 3), torch.randn(7, 5)]
    for function, num_products in ((bias_gradient, 2), (sum_alone, 0)):
        module = make_fx(function, tracing_mode="fake")(*inputs)
        for node in module.graph.find_nodes(op="call_function", target=torch.ops.aten.t.default):
            node.target, node.args = torch.ops.aten.permute.default, (node.args[0], [1, 0])
        ProductsForProcessors()(module.graph)
        module.recompile()
        targets = [node.target for node in module.graph.nodes]
        assert targets.count(torch.ops.aten.mm.default) == num_products
        for found, expected in zip(module(*inputs), function(*inputs), strict=True):
            torch.testing.assert_close(found, expected)


@pytest.mark.slow
@pytest.mark.parametrize("family", ["qwen3", pytest.param("gpt2", marks=pytest.mark.nightly)])
def test_compiled_gradients_equal_eager_ones(family: Literal["qwen3", "gpt2"]) -> None:
    from yanmo.models.build import build_model
    from yanmo.models.config import ModelConfig
    from yanmo.models.presets import derive_model

    console = small_job.silent_console()
    if not has_compiler(CPU, console):
        pytest.skip("this machine has no compiler")
    section = ModelConfig(family=family, depth=1, d_model=32, num_heads=2, max_seq_len=16)
    model = build_model(derive_model(section, 64).config, CPU, seed=0)
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, 64, (2, 16), generator=generator)
    batch = {
        "tokens": ids,
        "labels": ids.roll(-1, 1),
        "document_ids": torch.tensor([[0] * 16, [0] * 9 + [1] * 7]),
    }
    gradients = []
    compiled = compile_model(model, CausalObjective(), batch, console, has_fixed_shape=True)
    assert compiled is not model, text_of(console)
    for forward in (model, compiled):
        loss_sum, _ = CausalObjective().loss(forward, batch)
        loss_sum.backward()  # type: ignore[no-untyped-call]
        gradients.append({name: p.grad for name, p in model.named_parameters()})
        model.zero_grad(set_to_none=True)
    torch.testing.assert_close(gradients[1], gradients[0], atol=2e-5, rtol=1e-4)


def test_blocks_are_compiled_with_the_same_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    block = nn.Linear(2, 2)
    monkeypatch.setattr(block, "compile", lambda **options: given.update(options))
    compilation.compile_block(block)
    options = given["options"]
    assert isinstance(options, dict)
    assert isinstance(options["post_grad_custom_post_pass"], ProductsForProcessors)


@pytest.mark.parametrize("is_here", [True, False])
def test_blocks_are_compiled_where_every_process_can(
    is_here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compilation, "has_compiler", lambda *_: is_here)
    model, console = small_job.build_model(), small_job.silent_console()
    for compile_, expected in (
        (True, compilation.compile_block if is_here else None),
        (False, None),
    ):
        config = small_job.build_config(compile=compile_)
        found = compilation.block_compiler(model, config, CPU, Ranks.alone(), console)
        assert found is expected
