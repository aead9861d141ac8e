"""What a model writes while it trains, so that one sees it learn.

A causal model continues prompts. A masked one fills what is hidden in held-out rows, and one with
an encoder writes targets for held-out sources.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from yanmo.inference.config import SamplingConfig
from yanmo.inference.fill import BLANK, fill_ids
from yanmo.inference.from_source import generate_target_tokens
from yanmo.inference.generate import generate_text
from yanmo.models.language_model import LanguageModel
from yanmo.tokens.token_split import TokenSplit
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.config import PretrainConfig
from yanmo.training.data import TrainingData
from yanmo.training.job import FullState, SampleWriter

NUM_PROMPT_TOKENS = 8
"""Length of a prompt that is taken from a held-out document."""
NUM_CONTEXT_TOKENS = 40
"""Length of a held-out text with blanks, or of a source."""
BLANK_EVERY = 8
"""Tokens of such a text from one blank to the next."""
BLANK_TOKENS = 3
"""Tokens that a blank stands for, where a model writes spans."""
NUM_ADDED_TOKENS = 4
"""Room that a text with blanks leaves for the special tokens around it."""


def build_sample_writer(
    model: LanguageModel, tokenizer: Tokenizer, config: PretrainConfig, data: TrainingData
) -> SampleWriter:
    """A function that the training loop calls; it gives rows of `prompt` and `text`.

    Args:
        model: the model itself, or where it is spread over several processes an empty one of the
            same shape, into which the weights that the loop hands over are put.
    """

    def model_of(state: FullState | None) -> LanguageModel:
        if state is not None:
            model.load_state_dict(dict(state), strict=False)  # tied weights come once
            model.eval()
        return model

    _, held_out = data.splits
    if model.kind == "seq2seq" and data.objective.name == "seq2seq":
        return lambda step, state: _targets(model_of(state), tokenizer, config, data, step)
    if model.kind == "causal" and data.objective.name != "blank_infilling":
        prompts = choose_prompts(config, tokenizer, held_out)
        return lambda step, state: _continuations(model_of(state), tokenizer, config, prompts, step)
    blank_tokens = 1 if model.kind == "masked" else BLANK_TOKENS
    longest = min(NUM_CONTEXT_TOKENS, model.config.max_seq_len - NUM_ADDED_TOKENS)
    if model.kind == "seq2seq":  # one sentinel for each blank, and one behind the last
        longest = min(longest, BLANK_EVERY * (len(tokenizer.sentinel_ids) - 1))
    texts = [
        held_out.document(index)[1 : 1 + longest].tolist()
        for index in range(min(3, held_out.num_documents))
    ]
    return lambda step, state: _fillings(
        model_of(state), tokenizer, config, texts, blank_tokens, step
    )


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


def _continuations(
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


def _fillings(
    model: LanguageModel,
    tokenizer: Tokenizer,
    config: PretrainConfig,
    texts: Sequence[Sequence[int]],
    blank_tokens: int,
    step: int,
) -> Iterator[dict[str, Any]]:
    del step
    greedy = SamplingConfig(max_new_tokens=2 * blank_tokens, temperature=0.0, seed=config.seed)
    for ids in texts:
        if len(ids) <= BLANK_EVERY:
            continue
        parts = _cut(ids, blank_tokens)
        pieces = fill_ids(model, tokenizer, parts, greedy)
        prompt = BLANK.join(tokenizer.decode(part) for part in parts)
        filled = "; ".join(tokenizer.decode(piece).strip() for piece in pieces)
        yield {"prompt": prompt, "text": filled}


def _cut(ids: Sequence[int], blank_tokens: int) -> list[Sequence[int]]:
    parts = []
    begin = 0
    for place in range(BLANK_EVERY // 2, len(ids) - blank_tokens, BLANK_EVERY):
        parts.append(ids[begin:place])
        begin = place + blank_tokens
    return [*parts, ids[begin:]]


def _targets(
    model: LanguageModel,
    tokenizer: Tokenizer,
    config: PretrainConfig,
    data: TrainingData,
    step: int,
) -> Iterator[dict[str, Any]]:
    del step
    greedy = SamplingConfig(max_new_tokens=config.sample_tokens, temperature=0.0, seed=config.seed)
    rows = np.arange(min(3, data.validation.num_rows))
    batch = data.objective.make_batch(data.validation, rows, [])
    for source, is_real in zip(batch["source_tokens"], batch["source_mask"], strict=True):
        ids = source[is_real].tolist()
        with torch.inference_mode():
            written = [
                token.id
                for token in generate_target_tokens(
                    model,
                    ids,
                    greedy,
                    stop_ids={tokenizer.eos_id},
                    vocab_size=tokenizer.vocab_size,
                )
            ]
        yield {"prompt": tokenizer.decode(ids), "text": tokenizer.decode(written)}
