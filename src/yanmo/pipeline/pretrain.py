"""The pretrain stage: token shards in, a trained model folder out.

Puts together what must not know each other: the trainer, the sampler that writes text while it
runs, and the model folder that comes out.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import torch

from yanmo.checkpoint.model_folder import list_model_files, save_model_folder
from yanmo.core.device import choose_device, choose_dtype, device_name, device_text
from yanmo.core.messages import t
from yanmo.models.build import build_model, lay_out
from yanmo.models.language_model import LanguageModel
from yanmo.models.recurrent import RecurrentModel
from yanmo.models.shape import ModelShape
from yanmo.parallel.apply import apply_parallelism
from yanmo.parallel.environment import is_launched
from yanmo.parallel.execution import Execution
from yanmo.parallel.mesh import build_mesh
from yanmo.parallel.ranks import Ranks
from yanmo.pipeline.continued import load_old_domain, take_weights
from yanmo.pipeline.initial_vectors import begin_with_vectors, named_vectors
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.processes import train_in_processes
from yanmo.pipeline.samples import build_sample_writer
from yanmo.pipeline.stage import StageContext, StageResult
from yanmo.pipeline.together import call_followers, leave
from yanmo.pipeline.training_rows import load_training_data
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.compilation import block_compiler
from yanmo.training.config import PretrainConfig
from yanmo.training.data import TrainingData
from yanmo.training.events import append_event, recorded_end
from yanmo.training.job import Progress, TrainingJob
from yanmo.training.length import remarks_on_length
from yanmo.training.loop import train


def run_pretrain(context: StageContext) -> StageResult:
    """Train the model of the recipe and write `model/`; goes on where an earlier run stopped. With
    several processes where the recipe asks for them, or where a launcher has started them."""
    if is_launched():
        ranks = call_followers(context.recipe)
        result = pretrain_on(context, ranks)
        leave(ranks)
    elif context.recipe.parallel.num_processes > 1:
        counts = train_in_processes(context.recipe, context.run_dir, context.console)
        return StageResult(list_model_files(context.directory / "model"), counts)
    else:
        result = pretrain_on(context, Ranks.alone())
    assert result is not None, "this is the first process"
    return result


def pretrain_on(context: StageContext, ranks: Ranks) -> StageResult | None:
    """Train as one of `ranks`; the first one writes the model folder and gives the result, and
    notes what the one who watches is warned of, and what ends the run early."""
    if not ranks.is_main:
        return _train_as(context, ranks)
    note = partial(append_event, context.directory, "warned")
    with (
        context.console.overheard_by(lambda text: note(text=text)),
        recorded_end(context.directory),
    ):
        return _train_as(context, ranks)


def _train_as(context: StageContext, ranks: Ranks) -> StageResult | None:
    recipe, console = context.recipe, context.console
    config = recipe.pretrain
    tokenizer = Tokenizer.load(context.run_dir / "tokenizer")
    special_ids = {"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    derived = derive_shape(recipe, tokenizer.vocab_size, special_ids)
    for note in derived.notes:
        console.note(f"  model.{note}")
    data = load_training_data(context.run_dir / "tokens", tokenizer, recipe, derived.config)
    for note in data.notes:
        console.warn(note)
    device = choose_device(config.device)
    dtype = choose_dtype(config.precision, device)
    execution = None
    if ranks.size == 1:
        model = begin_model(context, derived.config, tokenizer, device)
    else:
        execution = _spread(context, derived.config, tokenizer, ranks, device, dtype)
        model = _build_reader(derived.config, ranks)
    console.note(_describe_job(model, config, data, device, dtype, ranks))
    for remark in remarks_on_length(config):
        console.note(remark)
    job = TrainingJob(
        model=model if execution is None else execution.model,
        objective=data.objective,
        data=data,
        config=config,
        directory=context.directory,
        device=device,
        dtype=dtype,
        flops_per_token=model.flops_per_token(),
        write_samples=build_sample_writer(model, tokenizer, config, data),
        execution=execution,
        old_data=None
        if config.forgetting is None
        else load_old_domain(Path(config.forgetting), tokenizer, recipe, derived.config),
    )
    progress = train(job, console)
    if execution is not None:
        state = execution.full_state()
        if state is None:
            return None
        model.load_state_dict(state, strict=False)  # tied weights come once
    files = save_model_folder(
        model,
        context.directory / "model",
        save_tokenizer=lambda folder: tokenizer.save(
            folder, model_max_length=derived.config.max_seq_len
        ),
        special_ids=special_ids,
    )
    counts = _count(model, progress, device, dtype, ranks)
    return StageResult(files, counts, notes=list(progress.notes))


def _spread(
    context: StageContext,
    shape: ModelShape,
    tokenizer: Tokenizer,
    ranks: Ranks,
    device: torch.device,
    dtype: torch.dtype,
) -> Execution:
    """The model as training begins, spread over all processes."""
    config = context.recipe.pretrain
    mesh = build_mesh(context.recipe.parallel, ranks, device)
    weights = None
    if context.recipe.model.initial_embedding is not None or config.init_from is not None:
        whole = begin_model(context, shape, tokenizer, torch.device("cpu"))
        weights = dict(whole.named_parameters())
    return apply_parallelism(
        shape,
        mesh,
        device=device,
        seed=config.seed if weights is None else None,
        weights=weights,
        compute_dtype=dtype,
        compile_block=block_compiler(lay_out(shape), config, device, ranks, context.console),
    )


def _build_reader(shape: ModelShape, ranks: Ranks) -> LanguageModel:
    """On the first process an empty model, into which the whole model's weights are put to write
    samples and the model folder; on the others one without memory."""
    if not ranks.is_main:
        return lay_out(shape)
    return build_model(shape, torch.device("cpu"), None)


def begin_model(
    context: StageContext, shape: ModelShape, tokenizer: Tokenizer, device: torch.device
) -> LanguageModel:
    """The model as training begins: from the seed or from a model that the recipe names, and its
    embedding from word vectors where the recipe names some.

    Raises:
        CheckpointError: there is no model there, or there are no word vectors, or they are damaged.
        DataError: the word vectors have nothing in common with the tokenizer.
        ConfigError: the model has another tokenizer or another shape.
    """
    recipe = context.recipe
    config = recipe.pretrain
    model = build_model(shape, device, config.seed)
    if config.row_order == "contiguous":
        assert isinstance(model, RecurrentModel), "the recipe has been checked"
        model.carry_lanes(config.batch_rows)
    if config.init_from is not None:
        take_weights(Path(config.init_from), model, tokenizer)
        context.console.note(t("training begins with the weights of {path}", path=config.init_from))
    vectors = named_vectors(recipe, context.run_dir)
    if vectors is not None:
        begin_with_vectors(model.embed, vectors, tokenizer, context.console)
    return model


def _describe_job(
    model: LanguageModel,
    config: PretrainConfig,
    data: TrainingData,
    device: torch.device,
    dtype: torch.dtype,
    ranks: Ranks,
) -> str:
    batch_tokens = config.batch_rows * model.config.max_seq_len
    job = t(
        "{family} with {params:,} parameters on {device} in {dtype}: {steps} {steps:step|steps} of"
        " {batch:,} tokens, {epochs:.1f} times through the train split",
        family=model.config.family,
        params=model.num_params(),
        device=device_text(device_name(device)),
        dtype=str(dtype).removeprefix("torch."),
        steps=config.steps,
        batch=batch_tokens,
        epochs=config.steps * config.batch_rows / data.train.num_rows,
    )
    if ranks.size == 1:
        return job
    return job + t("; {count} {count:process|processes}", count=ranks.size)


def _count(
    model: LanguageModel,
    progress: Progress,
    device: torch.device,
    dtype: torch.dtype,
    ranks: Ranks,
) -> dict[str, Any]:
    return {
        "num_params": model.num_params(),
        "num_params_non_embedding": model.num_params() - model.num_embedding_params(),
        "flops_per_token": model.flops_per_token(),
        "steps": progress.step,
        "tokens": progress.num_tokens,
        "train_loss": progress.train_loss,
        "validation_loss": progress.validation_loss,
        "elapsed_s": progress.elapsed_s,
        "num_resumes": progress.num_resumes,
        "num_skipped": progress.num_skipped,
        "num_processes": ranks.size,
        "device": device_name(device),
        "dtype": str(dtype).removeprefix("torch."),
    }
