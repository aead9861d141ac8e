"""The counts of a stage's manifest, in the reader's words.

In: a count's name and its value, as a manifest holds them. Out: what a list of stages says of it. A
name that is not one of ours, such as that of a task, stands as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from yanmo.core.device import device_text
from yanmo.core.messages import t


def told_count(name: str, value: object) -> str:
    """A count with its name, in short."""
    if name == "device":
        told = device_text(str(value))
    elif name == "energy_source":
        told = _energy_source(str(value))
    elif name == "chosen_draw" and isinstance(value, int):
        told = short_figure(value + 1)  # a manifest counts from 0
    else:
        told = short_figure(value)
    return f"{_names().get(name, name)} {told}"


def short_figure(value: object) -> str:
    """A value in short: of several figures the first, of a list its length."""
    if isinstance(value, Mapping):
        if "metric" in value:
            return f"{value['metric']} {short_figure(value.get('value'))}"
        first = next(iter(value.items()), None)
        return "-" if first is None else f"{first[0]} {short_figure(first[1])}"
    if isinstance(value, list | tuple):
        return f"{len(value):,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _energy_source(name: str) -> str:
    """What energy rests on; see `core.energy.Energy`."""
    processor, _, others = name.partition("+")
    known = {"rapl": t("counted by the processor"), "tdp": t("processor time times design power")}
    told = known.get(processor, processor)
    return t("{processor}, and the GPUs' power limit", processor=told) if others else told


def _names() -> dict[str, str]:
    """What the counts of all stages are called; those of one stage stand together."""
    return {
        "read": t("read"),
        "kept": t("kept"),
        "rejected": t("dropped"),
        "vocab_size": t("vocabulary"),
        "documents": t("documents"),
        "in": t("tokens in"),
        "trained": t("to train on"),
        "validation": t("validation"),
        "test": t("test"),
        "dropped": t("dropped"),
        "padded": t("padding"),
        "words": t("words"),
        "sentences": t("sentences"),
        "text_words": t("words of text"),
        "covered_frac": t("covered"),
        "num_params": t("parameters"),
        "num_params_non_embedding": t("parameters without embeddings"),
        "num_trained_params": t("of them trained"),
        "num_train_examples": t("training examples"),
        "flops_per_token": t("floating-point operations a token"),
        "steps": t("steps"),
        "tokens": t("tokens"),
        "bytes": t("bytes"),
        "targets": t("targets"),
        "train_loss": t("training loss"),
        "validation_loss": t("validation loss"),
        "elapsed_s": t("seconds of training"),
        "num_resumes": t("times resumed"),
        "num_skipped": t("skipped steps"),
        "num_processes": t("processes"),
        "device": t("device"),
        "dtype": t("precision"),
        "energy_wh": t("watt-hours"),
        "grams_co2": t("grams of CO2"),
        "energy_source": t("energy"),
        "draws": t("draws"),
        "chosen_draw": t("chosen draw"),
    }
