"""The stages, in order. Each imports what it needs when it runs, so that looking is cheap."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from yanmo.core.errors import ConfigError, DataError
from yanmo.core.files import sha256_of_file
from yanmo.core.messages import t
from yanmo.models.shape import ModelShape
from yanmo.parallel.config import ParallelConfig, fill_degrees
from yanmo.parallel.environment import is_launched, require_processes, world_size_of
from yanmo.pipeline.finetune.stages import finetune_stages
from yanmo.pipeline.measure.stages import measure_stages
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.recipe import OWN_VECTORS, Recipe
from yanmo.pipeline.stage import Stage, StageContext, StageResult
from yanmo.pipeline.stage_directory import STARTED_NAME
from yanmo.training.config import fields_without_effect


def find_stage(name: str) -> Stage:
    """The stage called `name`."""
    return next(stage for stage in STAGES if stage.name == name)


def stages_of(recipe: Recipe, until: str | None = None) -> list[Stage]:
    """The stages that a recipe has run, in order; with `until` those of that command and what they
    need."""
    wanted = [stage for stage in STAGES if _is_wanted(stage, recipe, until)]
    wanted += [*finetune_stages(recipe), *measure_stages(recipe)]
    names = {stage.name for stage in wanted}
    if recipe.model.initial_embedding != OWN_VECTORS:
        names.discard(OWN_VECTORS)  # nothing reads them
    read = [
        replace(stage, inputs=tuple(name for name in stage.inputs if name in names))
        for stage in wanted
    ]
    if until is None:
        return read
    needed = {stage.name for stage in read if stage.command == until}
    for stage in reversed(read):
        if stage.name in needed:
            needed |= set(stage.inputs)
    return [stage for stage in read if stage.name in needed]


def _is_wanted(stage: Stage, recipe: Recipe, until: str | None) -> bool:
    """Whether a stage of the base model is run: only tuning models from elsewhere needs none, and
    tuning from the recipe's own word vectors those that learn them."""
    is_asked_for = until in {stage.name for stage in STAGES} and until != "evaluate"
    if recipe.needs_pretraining or is_asked_for:
        return stage.is_wanted(recipe) or stage.name == until
    return recipe.reads_own_vectors and stage.name in ("corpus", OWN_VECTORS)


def _run_corpus(context: StageContext) -> StageResult:
    from yanmo.corpus.build import build_corpus, list_output_files

    report = build_corpus(context.recipe.corpus, context.directory, context.console)
    counts = {name: report[name]["documents"] for name in ("read", "kept", "rejected")}
    return StageResult(list_output_files(context.directory), counts)


def _run_tokenizer(context: StageContext) -> StageResult:
    from yanmo.tokens.build import take_tokenizer_stage, train_tokenizer_stage

    config = context.recipe.tokenizer
    if config.take_from is not None:
        tokenizer = take_tokenizer_stage(config, context.directory, context.console)
    else:
        tokenizer = train_tokenizer_stage(
            config, context.run_dir / "corpus", context.directory, context.console
        )
    files = [path for path in context.directory.iterdir() if path.name != STARTED_NAME]
    return StageResult(files, {"vocab_size": tokenizer.vocab_size})


def _run_tokens(context: StageContext) -> StageResult:
    from yanmo.tokens.build import build_tokens
    from yanmo.tokens.tokenizer import Tokenizer

    report = build_tokens(
        context.recipe.tokens,
        Tokenizer.load(context.run_dir / "tokenizer"),
        context.run_dir / "corpus",
        context.directory,
        context.console,
        context.recipe.model.max_seq_len,
    )
    for split, counts in report["splits"].items():
        if not counts["tokens"]:
            raise DataError(
                t("the {split} split has no tokens", split=split),
                where=str(context.directory),
                hint=t("Give more text, or raise corpus.split.{split}_frac.", split=split),
            )
    files = [path for path in context.directory.iterdir() if path.name != STARTED_NAME]
    counts = {name: value for name, value in report["account"].items() if isinstance(value, int)}
    return StageResult(files, counts)


def _run_word_vectors(context: StageContext) -> StageResult:
    from yanmo.pipeline.word_vectors import run_word_vectors

    return run_word_vectors(context)


def _run_pretrain(context: StageContext) -> StageResult:
    from yanmo.corpus.gate.judge import require_gate

    corpus_dir = context.run_dir / "corpus"
    report = json.loads((corpus_dir / "report.json").read_text(encoding="utf-8"))
    notes = require_gate(report, context.recipe.gate, str(corpus_dir))
    for note in notes:
        context.console.warn(note)

    from yanmo.core.device import choose_device
    from yanmo.core.energy import EnergyMeter
    from yanmo.pipeline.planning.machine_memory import check_memory
    from yanmo.pipeline.pretrain import run_pretrain

    recipe = context.recipe
    shape = derive_shape(recipe, recipe.tokenizer.vocab_size).config
    check_memory(shape, recipe.pretrain, where=str(context.directory))
    is_cuda = choose_device(recipe.pretrain.device).type == "cuda"
    meter = EnergyMeter(num_gpus=recipe.parallel.num_processes if is_cuda else 0)
    result = run_pretrain(context)
    counts = {**result.counts, **meter.read().as_counts()}
    return replace(result, counts=counts, notes=[*result.notes, *notes])


def _run_evaluate(context: StageContext) -> StageResult:
    from yanmo.pipeline.evaluate import run_evaluate

    return run_evaluate(context)


def _check_word_vectors(recipe: Recipe) -> None:
    if recipe.word_vectors is None:
        from yanmo.pipeline.word_vectors import missing_section

        raise missing_section()


def _fingerprint_sources(recipe: Recipe) -> str:
    from yanmo.corpus.fingerprint import fingerprint_inputs

    return fingerprint_inputs(recipe.corpus)


def _fingerprint_tokenizer(recipe: Recipe) -> str | None:
    """Of a tokenizer from outside the run. One that is missing is reported by the stage."""
    folder = recipe.tokenizer.take_from
    path = Path(folder or "") / "tokenizer.json"
    return sha256_of_file(path) if folder is not None and path.is_file() else None


def _fingerprint_beginning(recipe: Recipe) -> str | None:
    """Of what training begins with from outside the run: a model, or word vectors."""
    if recipe.pretrain.init_from is not None:
        from yanmo.pipeline.model_fingerprint import fingerprint_model

        return fingerprint_model(Path(recipe.pretrain.init_from))
    folder = recipe.model.initial_embedding
    if folder is None or folder == OWN_VECTORS:
        return None
    from yanmo.pipeline.word_vectors import fingerprint_vectors

    return fingerprint_vectors(Path(folder).expanduser())


def _check_pretrain(recipe: Recipe) -> None:
    config = recipe.pretrain
    shape = derive_shape(recipe, recipe.tokenizer.vocab_size).config
    _check_processes(recipe, shape)
    if config.forgetting is not None and not (Path(config.forgetting) / "tokenizer").is_dir():
        raise ConfigError(
            t("there is no run whose forgetting could be measured"),
            where=f"pretrain.forgetting = {config.forgetting}",
            hint=t("Give the folder of a run, such as runs/NAME."),
        )
    if config.device == "auto" and config.precision != "bfloat16":
        return  # always possible; torch need not be loaded before the corpus is read
    from yanmo.core.device import choose_device, choose_dtype

    choose_dtype(config.precision, choose_device(config.device))


def _check_processes(recipe: Recipe, shape: ModelShape) -> None:
    config = fill_degrees(recipe.parallel, world_size_of())
    if is_launched():
        require_processes(config, world_size_of())
    if config != ParallelConfig(replicate=1, max_restarts=config.max_restarts):
        from yanmo.parallel.check import check_parallel  # loads torch

        check_parallel(
            config,
            shape,
            batch_rows=recipe.pretrain.batch_rows,
            micro_batch_rows=recipe.pretrain.micro_batch_rows,
            row_order=recipe.pretrain.row_order,
        )
    warmup = recipe.pretrain.batch_warmup
    if warmup is not None and warmup.start_rows % config.num_data_ranks:
        raise ConfigError(
            t(
                "batch_warmup.start_rows = {rows} cannot be divided among {ranks} data ranks",
                rows=warmup.start_rows,
                ranks=config.num_data_ranks,
            ),
            where="pretrain.batch_warmup",
            hint=t("Make it a multiple of {ranks}.", ranks=config.num_data_ranks),
        )
    if config.local_sgd is not None:
        from yanmo.parallel.local_sgd import check_local_sgd

        check_local_sgd(
            config,
            checkpoint_every=recipe.pretrain.checkpoint_every,
            validate_every=recipe.pretrain.validate_every,
            steps_of_one_model=[
                f"pretrain.{name}"
                for name in ("ema_decay", "noise_scale_every")
                if getattr(recipe.pretrain, name) is not None
            ],
        )


def _tokens_settings(recipe: Recipe) -> dict[str, Any]:
    return recipe.tokens.model_dump(mode="json") | {"row_tokens": recipe.model.max_seq_len}


def _pretrain_settings(recipe: Recipe) -> dict[str, Any]:
    settings = {
        "model": recipe.model.model_dump(mode="json"),
        "pretrain": recipe.pretrain.model_dump(
            mode="json", exclude=fields_without_effect(recipe.pretrain)
        ),
    }
    if recipe.parallel.local_sgd is not None:  # what copies learn apart, one process does not
        copies = {"copies": recipe.parallel.replicate}
        settings["local_sgd"] = recipe.parallel.local_sgd.model_dump(mode="json") | copies
    return settings


STAGES: tuple[Stage, ...] = (
    Stage(
        name="corpus",
        inputs=(),
        settings=lambda recipe: recipe.corpus.model_dump(mode="json", exclude={"engine"}),
        run=_run_corpus,
        fingerprint=_fingerprint_sources,
        is_resumable=True,
    ),
    Stage(
        name="tokenizer",
        inputs=("corpus",),
        settings=lambda recipe: recipe.tokenizer.model_dump(mode="json"),
        run=_run_tokenizer,
        fingerprint=_fingerprint_tokenizer,
    ),
    Stage(
        name="tokens",
        inputs=("corpus", "tokenizer"),
        settings=_tokens_settings,
        run=_run_tokens,
    ),
    Stage(
        name=OWN_VECTORS,
        inputs=("corpus",),
        settings=lambda recipe: (
            recipe.word_vectors.model_dump(mode="json") if recipe.word_vectors else {}
        ),
        run=_run_word_vectors,
        check=_check_word_vectors,
        is_wanted=lambda recipe: recipe.word_vectors is not None,
    ),
    Stage(
        name="pretrain",
        inputs=("tokenizer", "tokens", OWN_VECTORS),
        fingerprint=_fingerprint_beginning,
        settings=_pretrain_settings,
        run=_run_pretrain,
        check=_check_pretrain,
        is_resumable=True,
        keeps_earlier=True,
    ),
    Stage(
        name="evaluate",
        inputs=("tokens", "pretrain"),
        settings=lambda recipe: recipe.evaluate.model_dump(mode="json"),
        run=_run_evaluate,
    ),
)
