"""What can be cut into a pipeline, and what not; told before anything is built."""

from __future__ import annotations

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.models.shape import ModelShape
from yanmo.models.transformer_config import TransformerConfig
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.pipeline_schedules import check_schedule, is_split, num_parts, num_stages


def check_pipeline(config: ParallelConfig, shape: ModelShape) -> None:
    """Whether a model of `shape` can be cut into the stages that `config` asks for; nothing without
    `pipeline`.

    Raises:
        ConfigError: it is no causal Transformer, has fewer blocks than there are stages, or parts
            that every stage would need.
    """
    if config.pipeline == 1:
        return
    if not isinstance(shape, TransformerConfig) or shape.form != "decoder":
        raise ConfigError(
            t("only a causal Transformer can be cut into pipeline stages"),
            where="parallel.pipeline",
            hint=t("Set pipeline = 1 and use replicate or shard."),
        )
    check_schedule(config)
    stages = num_stages(config)
    if shape.num_layers < stages:
        raise ConfigError(
            t(
                "{layers} {layers:block|blocks} cannot be cut into {stages} pipeline stages",
                layers=shape.num_layers,
                stages=stages,
            ),
            where="parallel.pipeline",
            why=t("every stage has at least one block"),
            hint=t("Use fewer stages, or a deeper model."),
        )
    _check_parts(shape)
    _check_order(config, shape)


def _check_parts(shape: TransformerConfig) -> None:
    """Whether every part of the model belongs to one block, or to one end."""
    if shape.positions == "relative":
        raise ConfigError(
            t("relative positions are one table for all blocks, and a pipeline cuts it from most"),
            where="parallel.pipeline",
            hint=t("Set pipeline = 1 and use replicate or shard."),
        )
    if shape.mlp == "mixture" and shape.balance_loss_weight > 0:
        raise ConfigError(
            t("how evenly experts are used is measured over all blocks, and no stage has them all"),
            where="parallel.pipeline",
            hint=t("Set balance_loss_weight = 0, or pipeline = 1."),
        )


def _check_order(config: ParallelConfig, shape: TransformerConfig) -> None:
    """Whether what else is asked for goes with the schedule and with tied ends."""
    if config.activation_checkpointing == "selective" and is_split(config.pipeline_schedule):
        raise ConfigError(
            t(
                "{schedule} goes back through a block twice, and selective recomputation only once",
                schedule=config.pipeline_schedule,
            ),
            where="parallel.activation_checkpointing",
            hint=t("Use activation_checkpointing = 'full', or the schedule 1f1b."),
        )
    if shape.tie_embeddings and config.pipeline_schedule == "zbv_zero_bubble":
        raise ConfigError(
            t("zbv_zero_bubble has both ends of the model on one process, which cannot tie them"),
            where="parallel.pipeline_schedule",
            hint=t("Use another schedule, or set tie_embeddings = false."),
        )
    if shape.tie_embeddings and config.local_sgd is not None:
        raise ConfigError(
            t("copies that take local steps clip apart, which would untie a pipeline's two ends"),
            where="parallel.local_sgd",
            hint=t("Leave local_sgd out, or set tie_embeddings = false."),
        )


def check_pipeline_rows(config: ParallelConfig, micro_batch_rows: int) -> None:
    """Whether micro-batches of `micro_batch_rows` rows can be cut into equal parts.

    Raises:
        ConfigError: they cannot.
    """
    parts = num_parts(config)
    if config.pipeline > 1 and micro_batch_rows % parts:
        raise ConfigError(
            t(
                "micro-batches of {rows} {rows:row|rows} cannot be cut into {parts} equal parts",
                rows=micro_batch_rows,
                parts=parts,
            ),
            where="parallel.pipeline_micro_batches",
            why=t("parts of a micro-batch follow each other through the pipeline's stages"),
            hint=t("Make pretrain.micro_batch_rows a multiple of {parts}.", parts=parts),
        )
