"""Whether a model can be trained on a mesh as described: all that stands against it, at once.

The recipe's `parallel` section, the model's full shape and what the training asks for come in; an
error that names every problem and its way out is raised, before a process or a corpus is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.models.shape import ModelShape
from yanmo.models.transformer_config import TransformerConfig
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.context import check_context
from yanmo.parallel.pipeline_check import check_pipeline, check_pipeline_rows

_WITHOUT_EFFECT_UNLESS: dict[str, tuple[str, ...]] = {
    "is_sequence_parallel": ("tensor",),
    "reshard_after_forward": ("shard", "context"),
    "context_attention": ("context",),
    "pipeline_schedule": ("pipeline",),
    "stages_per_process": ("pipeline",),
    "pipeline_micro_batches": ("pipeline",),
}
"""Switches, and the degrees of which one must be above 1 for them to change anything."""


def check_parallel(
    config: ParallelConfig,
    shape: ModelShape,
    *,
    batch_rows: int,
    micro_batch_rows: int | None = None,
    row_order: str = "shuffled",
) -> None:
    """Refuse what cannot be divided, and what would have no effect.

    Args:
        config: the degrees, all of them known.
        shape: of the whole model.
        batch_rows: rows of a step.
        micro_batch_rows: rows that go through one process's model at once; a data rank's share of
            the step when None.
        row_order: `pretrain.row_order`.

    Raises:
        ConfigError: with all problems.
    """
    rows = micro_batch_rows or max(1, batch_rows // config.num_data_ranks)
    problems = [
        *_check_rows(config, batch_rows, row_order),
        *_check_kind(config, shape),
        *_check_switches(config, shape),
        *_check_tensor(config, shape),
        *_refusals(lambda: check_context(config, shape)),
        *_refusals(lambda: check_pipeline(config, shape)),
        *_refusals(lambda: check_pipeline_rows(config, rows)),
    ]
    if problems:
        raise ConfigError(
            t("this model cannot be trained by these processes"),
            where="parallel",
            why=t("; ").join(problems),
            hint=t("Change what is named; `replicate` and `shard` work for every model."),
        )


def _refusals(check: Callable[[], None]) -> Iterator[str]:
    """What another check says, as one of several problems."""
    try:
        check()
    except ConfigError as error:
        said = t("{where}: {what}", where=error.where, what=error.what)
        hint = error.hint.rstrip(".。") if error.hint else ""
        yield t("{what} ({why})", what=said, why=hint) if hint else said


def _check_rows(config: ParallelConfig, batch_rows: int, row_order: str) -> Iterator[str]:
    if batch_rows % config.num_data_ranks:
        yield t(
            "pretrain.batch_rows = {rows} {rows:row|rows} cannot be divided among {ranks} data"
            " ranks"
            " (replicate times shard)",
            rows=batch_rows,
            ranks=config.num_data_ranks,
        )
    if row_order == "contiguous" and config.num_processes > 1:
        yield t(
            'pretrain.row_order = "contiguous" carries a state from step to step and is for one'
            " process"
        )


def _check_kind(config: ParallelConfig, shape: ModelShape) -> Iterator[str]:
    if isinstance(shape, TransformerConfig):
        return
    asked = [name for name in ("tensor", "context", "pipeline") if getattr(config, name) > 1]
    if config.activation_checkpointing != "none":
        asked.append("activation_checkpointing")
    if asked:
        yield t(
            "{family} is no Transformer: {fields} can be had with Transformers alone",
            family=shape.family,
            fields=listed(asked),
        )


def _check_switches(config: ParallelConfig, shape: ModelShape) -> Iterator[str]:
    others = [n for n in ("shard", "context", "tensor", "pipeline") if getattr(config, n) > 1]
    if config.data_parallel == "ddp" and others:
        yield t(
            'data_parallel = "ddp" goes with replicate alone, not with {fields}; use "fsdp"',
            fields=listed(others),
        )
    for field, axes in _WITHOUT_EFFECT_UNLESS.items():
        is_default = getattr(config, field) == ParallelConfig.model_fields[field].default
        if not is_default and all(getattr(config, axis) == 1 for axis in axes):
            yield t("{field} has no effect without {axes} > 1", field=field, axes=" / ".join(axes))
    is_mixture = isinstance(shape, TransformerConfig) and shape.mlp == "mixture"
    if config.has_expert_parallel and not is_mixture:
        yield t(
            "has_expert_parallel is for mixtures of experts, which {name} is not", name=shape.family
        )
    elif config.has_expert_parallel and config.tensor == 1:
        yield t("has_expert_parallel needs tensor > 1: experts live along that axis")


def _check_tensor(config: ParallelConfig, shape: ModelShape) -> Iterator[str]:
    """What the tensor axis divides must divide evenly."""
    size = config.tensor
    if size == 1 or not isinstance(shape, TransformerConfig):
        return
    has_experts = config.has_expert_parallel and shape.mlp == "mixture"
    numbers = {
        "model.num_heads": shape.num_heads,
        "model.num_kv_heads": shape.num_kv_heads,
        "model.vocab_size": shape.vocab_size,
        **({"model.num_experts": shape.num_experts} if has_experts else {"model.d_ff": shape.d_ff}),
    }
    for name, number in numbers.items():
        if number % size:
            yield t(
                "{name} = {number} cannot be divided by tensor = {size}; the next that can is"
                " {next}",
                name=name,
                number=number,
                size=size,
                next=number + -number % size,
            )
