"""The pretrain stage: token shards in, a trained model folder out.

Puts together what must not know each other: the trainer, the sampler that writes text while it
runs, and the model folder that comes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.core.device import choose_device, choose_dtype, device_name
from yanmo.core.messages import t
from yanmo.corpus.segmentation.chinese import jieba_segmenter
from yanmo.inference.config import SamplingConfig
from yanmo.inference.generate import generate_text
from yanmo.models.build import build_model
from yanmo.models.language_model import LanguageModel
from yanmo.models.presets import derive_model
from yanmo.pipeline.stage import StageContext, StageResult
from yanmo.tokens.token_split import TokenSplit
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.config import PretrainConfig
from yanmo.training.data import TrainingData, build_training_data
from yanmo.training.loop import Progress, TrainingJob, train

NUM_PROMPT_TOKENS = 8
"""Length of a prompt that is taken from a held-out document."""


def run_pretrain(context: StageContext) -> StageResult:
    """Train the model of the recipe and write `model/`; goes on where an earlier run stopped."""
    recipe, console = context.recipe, context.console
    config = recipe.pretrain
    tokenizer = Tokenizer.load(context.run_dir / "tokenizer")
    derived = derive_model(
        recipe.model, tokenizer.vocab_size, {"eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    )
    for note in derived.notes:
        console.note(f"  model.{note}")
    data = build_training_data(
        context.run_dir / "tokens",
        tokenizer,
        config,
        family=derived.config.family,
        max_seq_len=derived.config.max_seq_len,
        decoder_start_id=getattr(derived.config, "decoder_start_id", None),
        segment=lambda text: jieba_segmenter().segment(text),
    )
    for note in data.notes:
        console.warn(note)
    device = choose_device(config.device)
    dtype = choose_dtype(config.precision, device)
    model = build_model(derived.config, device, config.seed)
    console.note(_describe_job(model, config, data, device, dtype))
    prompts = choose_prompts(config, tokenizer, data.validation.split)
    job = TrainingJob(
        model=model,
        objective=data.objective,
        data=data,
        config=config,
        directory=context.directory,
        device=device,
        dtype=dtype,
        flops_per_token=model.flops_per_token(),
        write_samples=lambda step: _write_samples(model, tokenizer, config, prompts, step),
    )
    progress = train(job, console)
    files = save_model_folder(
        model,
        context.directory / "model",
        save_tokenizer=lambda folder: tokenizer.save(
            folder, model_max_length=derived.config.max_seq_len
        ),
        special_ids={
            "bos": tokenizer.bos_id,
            "eos": tokenizer.eos_id,
            "pad": tokenizer.pad_id,
        },
    )
    return StageResult(files, _count(model, progress, device, dtype))


def choose_prompts(
    config: PretrainConfig, tokenizer: Tokenizer, held_out: TokenSplit
) -> Sequence[str]:
    """The recipe's prompts, or the beginnings of two held-out documents and the empty prompt."""
    if config.sample_prompts is not None:
        return config.sample_prompts
    beginnings = [
        held_out.document(index)[1 : 1 + NUM_PROMPT_TOKENS].tolist()
        for index in range(min(2, held_out.num_documents))
    ]
    texts = [tokenizer.decode(ids).rstrip("\ufffd") for ids in beginnings]
    return [*(text for text in texts if text), ""]


def _write_samples(
    model: LanguageModel,
    tokenizer: Tokenizer,
    config: PretrainConfig,
    prompts: Sequence[str],
    step: int,
) -> Iterator[dict[str, Any]]:
    sampling = SamplingConfig(
        max_new_tokens=config.sample_tokens, temperature=0.7, top_p=0.95, seed=config.seed
    )
    del step  # the same draw at every step: what differs is the model
    for prompt in prompts:
        text = generate_text(model, tokenizer, prompt, sampling)
        yield {"prompt": prompt, "text": text}


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
