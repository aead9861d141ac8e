"""A model folder opened as an engine: which runner computes it, and why.

In: a folder and settings. Out: an engine. Kernels in C are taken where they know the model; what is
said about that is in `Engine.about`.
"""

from __future__ import annotations

from pathlib import Path

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.decoder_runner import DecoderRunner
from yanmo.inference.engine.engine import Engine
from yanmo.inference.engine.runner import Runner
from yanmo.inference.engine.state_runner import StateRunner
from yanmo.inference.opened_folder import open_folder
from yanmo.models.decoder import Decoder
from yanmo.models.language_model import LanguageModel
from yanmo.tokens.text_codec import TextCodec


def open_engine(directory: Path, config: EngineConfig, device: str = "auto") -> Engine:
    """An engine for the model in `directory`.

    Raises:
        ConfigError: the model writes no text, or settings do not fit it.
        CheckpointError: the model is missing or damaged.
        DataError: so is the tokenizer.
    """
    opened = open_folder(directory, device)
    return engine_of(opened.model, opened.tokenizer, config)


def engine_of(
    model: LanguageModel,
    codec: TextCodec | None,
    config: EngineConfig,
    *,
    num_drawable: int | None = None,
) -> Engine:
    """An engine for a model that is open already; see `open_engine` and `Engine`."""
    if model.kind != "causal":
        raise ConfigError(t("a {family} model does not continue texts", family=model.config.family))
    slot_tokens = config.slot_tokens or model.config.max_seq_len
    if slot_tokens > model.config.max_seq_len:
        raise ConfigError(
            t(
                "slot_tokens = {wanted}, and the model has {limit} positions",
                wanted=slot_tokens,
                limit=model.config.max_seq_len,
            )
        )
    runner: Runner
    if isinstance(model, Decoder):
        runner = DecoderRunner(model, config.num_slots, slot_tokens)
    else:
        runner = StateRunner(model, config.num_slots, slot_tokens)
    return Engine(
        runner,
        codec,
        config,
        finds_prefixes=isinstance(model, Decoder),
        num_drawable=num_drawable,
        about=t("torch"),
    )
