"""A training run shows its own sentences on the terminal, and no warning of the libraries below."""

from __future__ import annotations

import pytest
from tests.cli.conftest import CommandLine, warnings_of_libraries

SETTINGS = [
    "model.depth=2",
    "pretrain.batch_rows=4",
    "pretrain.guards.gradients_every=3",
    "pretrain.guards.rerun_every=4",
]
MODES = {
    "alone": [],
    "shards": ["parallel.shard=2"],
    "tensor": ["parallel.tensor=2", "model.num_kv_heads=2"],
    "context": ["parallel.context=2"],
    "pipeline": ["parallel.pipeline=2"],
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "mode",
    [
        pytest.param(mode, marks=() if mode in ("alone", "shards") else pytest.mark.nightly)
        for mode in MODES
    ],
)
def test_no_library_warns_on_the_terminal_of_a_run(
    copy_of_finished: CommandLine, mode: str
) -> None:
    yanmo = copy_of_finished
    recipe = yanmo.folder / "run" / "recipe.toml"
    ended = yanmo("pretrain", recipe, *SETTINGS, *MODES[mode], "--out", "run")
    assert ended.code == 0, ended.err
    assert "6 steps" in ended.err
    assert "[tokens]" not in ended.err  # made before, so that only training speaks
    assert warnings_of_libraries(ended.err) == []


@pytest.mark.parametrize(
    "line",
    [
        "/x/torch/nn/modules/module.py:1830: UserWarning: full backward hook",
        "[rank0]:[W1123 02:41:37.1 ProcessGroupNCCL.cpp:1524] Warning: destroy_process_group",
        "[W1123 02:41:37.1 socket.cpp:200] the client socket cannot be initialised",
        "W1123 02:41:37.1 2041 torch/distributed/run.py:793] Setting OMP_NUM_THREADS",
    ],
)
def test_what_libraries_print_is_recognised(line: str) -> None:
    assert warnings_of_libraries(f"step 1/6\n{line}\n") == [line]
