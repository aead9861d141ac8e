"""The pretrain stage: token shards in, a trained model folder out.

Puts together what must not know each other: the trainer, the sampler that writes text while it
runs, and the model folder that comes out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.core.console import Console
from yanmo.core.device import choose_device, choose_dtype, device_name
from yanmo.core.messages import t
from yanmo.models.build import build_model
from yanmo.models.language_model import LanguageModel
from yanmo.models.recurrent import RecurrentModel
from yanmo.models.shape import ModelShape
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.recipe import OWN_VECTORS
from yanmo.pipeline.samples import build_sample_writer
from yanmo.pipeline.stage import StageContext, StageResult
from yanmo.pipeline.training_rows import load_training_data
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.config import PretrainConfig
from yanmo.training.data import TrainingData
from yanmo.training.loop import Progress, TrainingJob, train


def run_pretrain(context: StageContext) -> StageResult:
    """Train the model of the recipe and write `model/`; goes on where an earlier run stopped."""
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
    model = begin_model(context, derived.config, tokenizer, device)
    console.note(_describe_job(model, config, data, device, dtype))
    job = TrainingJob(
        model=model,
        objective=data.objective,
        data=data,
        config=config,
        directory=context.directory,
        device=device,
        dtype=dtype,
        flops_per_token=model.flops_per_token(),
        write_samples=build_sample_writer(model, tokenizer, config, data),
    )
    progress = train(job, console)
    files = save_model_folder(
        model,
        context.directory / "model",
        save_tokenizer=lambda folder: tokenizer.save(
            folder, model_max_length=derived.config.max_seq_len
        ),
        special_ids=special_ids,
    )
    return StageResult(files, _count(model, progress, device, dtype))


def begin_model(
    context: StageContext, shape: ModelShape, tokenizer: Tokenizer, device: torch.device
) -> LanguageModel:
    """The model as training begins: from the seed, and its embedding from word vectors where the
    recipe names some.

    Raises:
        CheckpointError: there are no word vectors there, or they are damaged.
        DataError: they have nothing in common with the tokenizer.
    """
    recipe = context.recipe
    config = recipe.pretrain
    model = build_model(shape, device, config.seed)
    if config.row_order == "contiguous":
        assert isinstance(model, RecurrentModel), "the recipe has been checked"
        model.carry_lanes(config.batch_rows)
    vectors = recipe.model.initial_embedding
    if vectors is not None:
        path = context.run_dir / OWN_VECTORS if vectors == OWN_VECTORS else Path(vectors)
        _begin_with_vectors(model, path, tokenizer, context.console)
    return model


def _begin_with_vectors(
    model: LanguageModel, path: Path, tokenizer: Tokenizer, console: Console
) -> None:
    from yanmo.models.initial_embedding import initial_embedding
    from yanmo.pipeline.word_vectors import open_word_vectors

    texts = [
        b"" if tokenizer.is_special(id) else tokenizer.token_bytes(id)
        for id in range(tokenizer.vocab_size)
    ]
    begun = initial_embedding(
        open_word_vectors(path), texts, model.embed.weight.detach().cpu().numpy()
    )
    with torch.no_grad():
        model.embed.weight.copy_(torch.from_numpy(begun.matrix))
    console.note(
        t(
            "the embedding begins with word vectors: {covered:,} of {tokens:,} tokens are words,"
            " {kept:.0%} of the vectors' variance fits",
            covered=begun.num_covered,
            tokens=len(texts),
            kept=begun.kept_variance_frac,
        )
    )


def _describe_job(
    model: LanguageModel,
    config: PretrainConfig,
    data: TrainingData,
    device: torch.device,
    dtype: torch.dtype,
) -> str:
    batch_tokens = config.batch_rows * model.config.max_seq_len
    return t(
        "{family} with {params:,} parameters on {device} in {dtype}: {steps} steps of"
        " {batch:,} tokens, {epochs:.1f} times through the train split",
        family=model.config.family,
        params=model.num_params(),
        device=device_name(device),
        dtype=str(dtype).removeprefix("torch."),
        steps=config.steps,
        batch=batch_tokens,
        epochs=config.steps * config.batch_rows / data.train.num_rows,
    )


def _count(
    model: LanguageModel, progress: Progress, device: torch.device, dtype: torch.dtype
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
        "device": device_name(device),
        "dtype": str(dtype).removeprefix("torch."),
    }
