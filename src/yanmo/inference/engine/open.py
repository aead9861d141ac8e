"""A model folder opened as an engine: which runner computes it, and why.

In: a folder and settings. Out: an engine. Kernels in C are taken where they know the model; which
runner was taken, and why no other, is in `Engine.about`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.decoder_runner import DecoderRunner
from yanmo.inference.engine.engine import Engine
from yanmo.inference.engine.runner import Runner
from yanmo.inference.engine.speculation import Drafter, DraftModel, TextLookup
from yanmo.inference.engine.state_runner import StateRunner
from yanmo.inference.opened_folder import OpenedFolder, open_folder
from yanmo.models.decoder import Decoder
from yanmo.models.language_model import LanguageModel
from yanmo.nn.quantized_linear import quantize_linear_layers
from yanmo.tokens.text_codec import TextCodec


@dataclass(frozen=True)
class _Chosen:
    """A runner, and what is said about it."""

    runner: Runner
    about: str


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
    """An engine for a model that is open already; see `open_engine` and `Engine`. Where `weights`
    are not the model's own, the model itself is changed."""
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
    chosen = _choose_runner(model, config, slot_tokens)
    return Engine(
        chosen.runner,
        codec,
        config,
        finds_prefixes=isinstance(model, Decoder),
        num_drawable=num_drawable,
        drafter=_build_drafter(model, codec, config, num_drawable),
        about=chosen.about,
    )


def _choose_runner(model: LanguageModel, config: EngineConfig, slot_tokens: int) -> _Chosen:
    """The runner that `kernels` names, or the fastest that there is."""
    why_not = t("torch was asked for")
    if config.kernels != "torch":
        native = _native_runner(model, config, slot_tokens)
        if not isinstance(native, str):
            return _Chosen(native, t("kernels in C, weights in {form}", form=_form(model, config)))
        if config.kernels == "native":
            raise ConfigError(
                t("kernels in C were asked for and cannot be used"),
                why=native,
                hint=t("kernels=auto takes torch where they cannot."),
            )
        why_not = native
    form = _form(model, config)
    _hold_weights(model, config)
    if isinstance(model, Decoder):
        runner = DecoderRunner(model, config.num_slots, slot_tokens, is_compiled=config.is_compiled)
        return _Chosen(runner, t("torch, weights in {form} ({why})", form=form, why=why_not))
    if config.is_compiled:
        raise ConfigError(
            t("is_compiled has no effect on a {family} model", family=model.config.family)
        )
    return _Chosen(
        StateRunner(model, config.num_slots, slot_tokens),
        t("torch, one slot after another, weights in {form}", form=form),
    )


def _native_runner(model: LanguageModel, config: EngineConfig, slot_tokens: int) -> Runner | str:
    """A runner in C, or why there is none."""
    from yanmo.inference.native.build import build_native_runner
    from yanmo.inference.native.unsupported import Unsupported

    if model.device.type != "cpu":
        return t("the model is not on the CPU")
    if config.is_compiled:
        return t("is_compiled is about torch")
    form = _form(model, config)
    if form not in ("float32", "bfloat16", "int8", "int4"):
        return t("there are no kernels for weights in {form}", form=form)
    found = build_native_runner(
        model,
        num_slots=config.num_slots,
        slot_tokens=slot_tokens,
        weights=form,  # type: ignore[arg-type]
        num_threads=config.num_threads,
    )
    return found.reason if isinstance(found, Unsupported) else found


def _form(model: LanguageModel, config: EngineConfig) -> str:
    """How weights are to be held."""
    if config.weights != "own":
        return config.weights
    return str(model.embed.weight.dtype).removeprefix("torch.")


def _hold_weights(model: LanguageModel, config: EngineConfig) -> None:
    """Bring the weights of a model that torch computes into the form that `config` names."""
    if config.weights == "own":
        return
    if config.weights == "float32":
        model.float()
    elif config.weights == "bfloat16":
        model.to(torch.bfloat16)
    else:
        quantize_linear_layers(model, 8 if config.weights == "int8" else 4)


def _build_drafter(
    model: LanguageModel, codec: TextCodec | None, config: EngineConfig, num_drawable: int | None
) -> Drafter | None:
    if config.draft == "none":
        return None
    if not isinstance(model, Decoder):
        raise ConfigError(
            t(
                "draft has no effect on a {family} model, which cannot take tokens back",
                family=model.config.family,
            )
        )
    if config.draft == "lookup":
        return TextLookup()
    directory = Path(config.draft)
    opened = open_folder(directory, "cpu" if model.device.type == "cpu" else "auto")
    small = _checked_draft_model(opened, model, codec, directory)
    room = min(config.slot_tokens or model.config.max_seq_len, small.config.max_seq_len)
    runner = DecoderRunner(small, config.num_slots, room)
    drawable = num_drawable or (codec.vocab_size if codec is not None else runner.vocab_size)
    return DraftModel(runner, min(drawable, runner.vocab_size, model.config.vocab_size))


def _checked_draft_model(
    opened: OpenedFolder, model: LanguageModel, codec: TextCodec | None, directory: Path
) -> Decoder:
    """A draft model: a decoder whose ids stand for what those of the large one stand for."""
    if not isinstance(opened.model, Decoder):
        raise ConfigError(
            t("a {family} model cannot write ahead", family=opened.model.config.family),
            where=str(directory),
        )
    size = model.config.vocab_size if codec is None else codec.vocab_size
    own = opened.tokenizer
    is_same = own.vocab_size == size and (
        codec is None
        or all(
            own.decode([token], skip_special_tokens=False)
            == codec.decode([token], skip_special_tokens=False)
            for token in range(size)
        )
    )
    if not is_same:
        raise ConfigError(
            t("the draft model has another tokenizer than the model"),
            where=str(directory),
            hint=t("Take a smaller model that was trained with the same tokenizer."),
        )
    return opened.model
