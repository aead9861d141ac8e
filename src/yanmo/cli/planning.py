"""Commands about runs that are not made yet: `plan`, `scaling`, `bench`."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yanmo.cli.options import (
    JsonOption,
    OutOption,
    OverridesArgument,
    QuietOption,
    RecipeArgument,
)
from yanmo.core.errors import ConfigError, Interrupted
from yanmo.core.messages import t

if TYPE_CHECKING:
    from yanmo.pipeline.planning.recipe_plan import Prices
    from yanmo.pipeline.planning.shapes import DecoderShape
    from yanmo.pipeline.recipe import Recipe

ProbeOption = Annotated[bool, typer.Option(help=t("Time a few training steps on this machine."))]
BudgetOption = Annotated[
    str | None,
    typer.Option("--budget", help=t("Propose a size of model for this time, such as 30min.")),
]
RamOption = Annotated[
    str | None, typer.Option("--ram", help=t("Memory that the proposal may take, such as 8GB."))
]
ClusterOption = Annotated[
    Path | None,
    typer.Option("--cluster", metavar="FILE", help=t("A TOML file that describes a cluster.")),
]
GpusOption = Annotated[
    int | None, typer.Option("--gpus", min=1, help=t("Accelerators of the cluster."))
]
GpuOption = Annotated[
    str | None, typer.Option("--gpu", help=t("Kind of accelerator, such as h100-80gb."))
]
GpusPerNodeOption = Annotated[
    int | None, typer.Option("--gpus-per-node", min=1, help=t("Accelerators of a node."))
]
ShapeOption = Annotated[
    str | None,
    typer.Option("--shape", help=t("A known model instead of a recipe, such as llama2-70b.")),
]
TokensOption = Annotated[
    str | None, typer.Option("--tokens", help=t("Training tokens on the cluster, such as 2T."))
]
BatchOption = Annotated[
    str | None, typer.Option("--batch", help=t("Tokens of a step on the cluster, such as 4M."))
]
PriceOption = Annotated[
    float | None,
    typer.Option("--price", help=t("Of an hour of this machine, or of one accelerator.")),
]
WattsOption = Annotated[
    float | None, typer.Option("--watts", help=t("Of this machine, or of an accelerator."))
]
GridOption = Annotated[
    float | None, typer.Option("--grid", help=t("Grams of CO2 for a kWh of electricity."))
]
PublishedOption = Annotated[
    bool, typer.Option("--published", help=t("Show how close published runs are met."))
]
OptionalRecipe = Annotated[
    str | None,
    typer.Argument(metavar="RECIPE", help=t("A recipe file, or the name of a shipped recipe.")),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(
        help=t("What a recipe or a model costs before it is run, on this machine or a cluster.")
    )(plan)
    app.command(help=t("Fit a scaling law to small runs, and predict a larger one."))(scaling)
    app.command(help=t("Measure this machine: products, memory, messages, training, writing."))(
        bench
    )


def plan(
    recipe: OptionalRecipe = None,
    overrides: OverridesArgument = None,
    out: OutOption = None,
    probe: ProbeOption = True,
    budget: BudgetOption = None,
    ram: RamOption = None,
    cluster: ClusterOption = None,
    gpus: GpusOption = None,
    gpu: GpuOption = None,
    gpus_per_node: GpusPerNodeOption = None,
    shape: ShapeOption = None,
    tokens: TokensOption = None,
    batch: BatchOption = None,
    price: PriceOption = None,
    watts: WattsOption = None,
    grid: GridOption = None,
    published: PublishedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Estimate what a recipe or a model costs."""
    from yanmo.pipeline.life import load_recipe

    if published:
        from yanmo.pipeline.planning.validation import format_validation

        print(format_validation())
        return
    loaded = load_recipe(recipe, overrides or []) if recipe is not None else None
    if cluster is not None or gpus is not None or shape is not None:
        said = {
            "gpus": gpus,
            "gpu": gpu,
            "gpus_per_node": gpus_per_node,
            "tokens": tokens,
            "batch_tokens": batch,
            "price_per_gpu_hour": price,
            "power_w": watts,
            "grams_co2_per_kwh": grid,
        }
        _plan_cluster(loaded, cluster, shape, said, as_json=as_json)
        return
    if loaded is None:
        raise ConfigError(
            t("there is nothing to plan"),
            hint=t("Name a recipe, or a model and a cluster: --shape llama2-70b --gpus 1024."),
        )
    if budget is not None:
        _propose(loaded, budget, ram, as_json=as_json)
        return
    from yanmo.pipeline.planning.recipe_plan import Prices

    prices = Prices(watts=watts, per_hour=price)
    if grid is not None:
        prices = Prices(watts=watts, per_hour=price, grams_co2_per_kwh=grid)
    run_dir = out or Path("runs") / loaded.name
    _plan_here(loaded, run_dir, prices, has_probe=probe, as_json=as_json)


def _plan_here(
    recipe: Recipe, run_dir: Path, prices: Prices, *, has_probe: bool, as_json: bool
) -> None:
    """What a recipe costs here: its base model, where it trains one, and its fine-tunings."""
    from yanmo.pipeline.beforehand.check import check_tasks, task_stages
    from yanmo.pipeline.planning.machine_memory import machine_memory_bytes
    from yanmo.pipeline.planning.recipe_plan import estimate_plan
    from yanmo.pipeline.planning.recipe_table import format_plan
    from yanmo.pipeline.planning.stage_list import format_stages, list_stages
    from yanmo.pipeline.planning.tuning_probe import try_tuning
    from yanmo.pipeline.planning.tuning_table import format_tunings, not_tried

    check_tasks(recipe, task_stages(recipe))
    if not as_json:
        print(format_stages(recipe))
    base = None
    if recipe.needs_pretraining:
        base = estimate_plan(recipe, run_dir, has_probe=has_probe, prices=prices)
    if base is not None and not as_json:
        print(format_plan(base))
    trials = [try_tuning(recipe, name, run_dir) for name in recipe.finetune] if has_probe else []
    if as_json:
        found = asdict(base) if base is not None else {}
        told = [{**asdict(one), "tokens": one.tokens, "total_s": one.total_s} for one in trials]
        print(json.dumps({**found, "finetune": told, **asdict(list_stages(recipe))}))
    elif trials:
        base_s = None if base is None else base.total_s
        print(format_tunings(trials, machine_memory_bytes(), base_s))
    elif recipe.finetune:
        print(not_tried([f"finetune.{name}" for name in recipe.finetune]))
    elif base is None:
        print(t("this recipe trains nothing; what it measures is not in any bill"))


def _propose(recipe: Recipe, budget: str, ram: str | None, *, as_json: bool) -> None:
    from yanmo.pipeline.compare.budget import parse_budget
    from yanmo.pipeline.planning.proposal import format_proposal, parse_memory, propose

    parsed = parse_budget(budget)
    if parsed.kind != "time":
        raise ConfigError(
            t("a size is proposed for a time, not for {budget}", budget=parsed.describe()),
            where="--budget",
        )
    found = propose(recipe, parsed.amount, parse_memory(ram) if ram is not None else None)
    print(json.dumps(asdict(found)) if as_json else format_proposal(found))


def _plan_cluster(
    recipe: Recipe | None,
    path: Path | None,
    shape_name: str | None,
    said: dict[str, Any],
    *,
    as_json: bool,
) -> None:
    from yanmo.core.resolve import resolve_recipe
    from yanmo.pipeline.compare.budget import parse_budget
    from yanmo.pipeline.planning.cluster import ClusterConfig, find_shape, plan_cluster
    from yanmo.pipeline.planning.cluster_table import format_cluster_plan

    values = {name: value for name, value in said.items() if value is not None}
    for name in ("tokens", "batch_tokens"):
        if name in values:
            values[name] = parse_budget(f"{values[name]}tok").amount
    config = ClusterConfig()
    if path is not None:
        config = resolve_recipe(ClusterConfig, path, [])
    config = ClusterConfig.model_validate(config.model_dump(mode="json") | values)
    shape = config.shape
    if shape_name is not None:
        shape = find_shape(shape_name)
    elif recipe is not None:
        shape, config = _shape_of(recipe, config)
    if shape is None:
        raise ConfigError(
            t("there is no model to plan"),
            hint=t("Name a recipe, a known model (--shape), or write a section [shape]."),
        )
    found = plan_cluster(config, shape)
    print(json.dumps(found.as_json()) if as_json else format_cluster_plan(found))


def _shape_of(recipe: Recipe, config: Any) -> tuple[DecoderShape, Any]:
    """The shape of the recipe's model, and the cluster with the batch and tokens of the recipe."""
    from yanmo.pipeline.model_shape import derive_shape
    from yanmo.pipeline.planning.shapes import shape_of_model

    derived = derive_shape(recipe, recipe.tokenizer.vocab_size).config
    batch_tokens = float(recipe.pretrain.batch_rows * derived.max_seq_len)
    values = config.model_dump(mode="json")
    values["batch_tokens"] = config.batch_tokens or batch_tokens
    values["tokens"] = config.tokens or batch_tokens * recipe.pretrain.steps
    return shape_of_model(recipe.name, derived), type(config).model_validate(values)


def scaling(
    recipe: RecipeArgument,
    overrides: OverridesArgument = None,
    sizes: Annotated[
        str, typer.Option("--sizes", help=t("Depths of the small models, with commas."))
    ] = "1,2,3",
    tokens: Annotated[
        str, typer.Option("--tokens", help=t("Training tokens of each, with commas."))
    ] = "150k,300k,600k",
    target: Annotated[
        int | None,
        typer.Option(
            "--target", min=1, help=t("Depth of the model to predict; chosen unless told.")
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help=t("Make the predicted run too, and compare."))
    ] = False,
    out: OutOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make small runs, fit the law, predict."""
    from yanmo.core.console import Console
    from yanmo.pipeline.life import load_recipe
    from yanmo.pipeline.scaling.experiment import PAGE_NAME, run_scaling
    from yanmo.pipeline.scaling.grid import parse_lengths, parse_sizes
    from yanmo.pipeline.scaling.table import format_scaling

    depths, lengths = parse_sizes(sizes), parse_lengths(tokens)
    try:
        result = run_scaling(
            load_recipe(recipe, overrides or []),
            sizes=depths,
            lengths=lengths,
            target_depth=target,
            is_checked=check,
            out=out,
            console=Console(is_quiet=quiet),
        )
    except Interrupted as stop:
        command = shlex.join(["yanmo", *sys.argv[1:]])
        raise Interrupted(stop.what, hint=t("Go on with: {command}", command=command)) from stop
    if as_json:
        print(json.dumps(result.report, ensure_ascii=False))
        return
    print(format_scaling(result.report))
    print()
    print(t("page: {path}", path=result.run_dir / PAGE_NAME))


BENCH_RECIPE = "python_docs"
STANDARD_SHAPE = (
    "model.preset=none",
    "model.depth=6",
    "model.d_model=256",
    "model.max_seq_len=256",
    "pretrain.batch_rows=16",
)
"""What `bench` trains unless told: a shape that other frameworks are compared on too."""


def bench(
    recipe: Annotated[
        str | None,
        typer.Argument(metavar="RECIPE", help=t("Whose model is trained; a standard one else.")),
    ] = None,
    overrides: OverridesArgument = None,
    collective: Annotated[
        bool, typer.Option(help=t("Time messages between two processes too."))
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Measure this machine."""
    from yanmo.core.console import Console
    from yanmo.pipeline.life import load_recipe
    from yanmo.pipeline.machine_bench.measure import measure_machine
    from yanmo.pipeline.machine_bench.table import format_figures

    if recipe is not None and "=" in recipe:  # settings without a recipe
        overrides = [recipe, *(overrides or [])]
        recipe = None
    standard = STANDARD_SHAPE if recipe is None else ()
    loaded = load_recipe(recipe or BENCH_RECIPE, [*standard, *(overrides or [])])
    console = Console()

    def tell(part: str) -> None:
        console.end_progress()  # so that no part is left out for coming too soon after another
        console.progress(part)

    figures = measure_machine(loaded, has_collective=collective, tell=tell)
    console.end_progress()
    print(json.dumps(asdict(figures)) if as_json else format_figures(figures))
