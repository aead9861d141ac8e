"""The top of the report: the run in a few sentences, its headline numbers, what is missing.

Comes in: the files of a run and its curves. Goes out: markup and plain sentences.
"""

from __future__ import annotations

from dataclasses import dataclass

from yanmo.core.device import device_text
from yanmo.core.messages import listed, t
from yanmo.core.page.markup import Html, code, foreign, join, tag, visible
from yanmo.core.page.speaking import prose
from yanmo.pipeline.report.curves import Curves
from yanmo.pipeline.report.numbers import day, duration, figure, share, short
from yanmo.pipeline.report.run_files import RunFiles
from yanmo.pipeline.report.sections.tasks import task_lead

_MAX_TASKS = 3


def summary_sentences(run: RunFiles, curves: Curves) -> str:
    """The run in words: what went in, what was trained, how good it is."""
    return prose(
        _text_sentence(run),
        _model_sentence(run, curves),
        _comparison_sentence(run),
        *_task_sentences(run),
    )


def overview(run: RunFiles, curves: Curves) -> Html:
    """Title, summary, date and machine, headline numbers, and what is missing."""
    summary = summary_sentences(run, curves) or t("This run has only begun.")
    numbers = [
        tag(
            "div",
            tag("dt", label),
            tag("dd", value, tag("small", unit) if unit else None),
            class_="headline",
        )
        for label, value, unit in _headlines(run, curves)
    ]
    return join(
        tag("h1", foreign(run.name)),
        tag("p", summary, class_="summary"),
        tag("p", *_circumstances(run), class_="circumstances"),
        tag("dl", *numbers, class_="headlines") if numbers else None,
        _notice(run),
    )


def trained_tokens(run: RunFiles, curves: Curves) -> float | None:
    """Tokens that the optimiser has seen, from the manifest or else from the metrics."""
    counted = run.counts("pretrain").get("tokens")
    if isinstance(counted, int):
        return counted
    return curves.last_train.get("train/tokens")


def family(run: RunFiles) -> str:
    """The model's family as its own configuration names it."""
    return str(run.model_config.get("model_type") or t("language"))


@dataclass(frozen=True)
class Improvement:
    """By what part the model needs fewer bits per byte than the n-gram baseline of that name.

    `is_certain` is False where the interval of the difference holds zero, None without interval.
    """

    baseline: str
    part: float
    is_certain: bool | None


def improvement(run: RunFiles) -> Improvement | None:
    """The model against the best baseline, None where there is no such pair."""
    if run.evaluation is None:
        return None
    model, baseline = run.evaluation.best("neural"), run.evaluation.best("ngram")
    if model is None or baseline is None or baseline.values["bits_per_byte"] <= 0:
        return None
    part = 1 - model.values["bits_per_byte"] / baseline.values["bits_per_byte"]
    difference = run.evaluation.difference(model.name, baseline.name)
    has_interval = difference is not None and "bits_per_byte" in difference.intervals
    is_certain = difference.is_certain("bits_per_byte") if difference and has_interval else None
    return Improvement(baseline.name, part, is_certain)


def _task_sentences(run: RunFiles) -> list[str]:
    """How good the model is at the first tasks that it was tuned for."""
    return [
        t("{task}: {sentence}", task=visible(files.name), sentence=task_lead(files.report))
        for files in run.tasks.tasks[:_MAX_TASKS]
    ]


def _text_sentence(run: RunFiles) -> str:
    if run.corpus and run.tokens:
        return t(
            "Of {documents} documents {kept} were kept and became {tokens} tokens.",
            kept=short(run.corpus.kept.documents),
            documents=short(run.corpus.read.documents),
            tokens=short(_stored_tokens(run)),
        )
    if run.corpus:
        return t(
            "{kept} of {documents} documents were kept.",
            kept=short(run.corpus.kept.documents),
            documents=short(run.corpus.read.documents),
        )
    return ""


def _model_sentence(run: RunFiles, curves: Curves) -> str:
    counts = run.counts("pretrain")
    parameters = counts.get("num_params")
    bits = _bits_per_byte(run)
    steps = counts.get("steps") or curves.last_train.get("step")
    if not isinstance(parameters, int) or not steps:
        if not curves.last_train:
            return ""
        return t(
            "Training has come to step {step} with a loss of {loss} nats per token.",
            step=short(curves.last_train["step"]),
            loss=figure(curves.last_train["train/loss"], 3),
        )
    values = {"parameters": short(parameters), "family": family(run), "steps": short(steps)}
    if bits is not None:
        return t(
            "The {family} model of {parameters} parameters, trained on them for {steps} steps, "
            "reaches {bits} bits per byte on text it has not seen.",
            bits=figure(bits, 3),
            **values,
        )
    return t(
        "The {family} model of {parameters} parameters was trained on them for {steps} steps.",
        **values,
    )


def _comparison_sentence(run: RunFiles) -> str:
    compared = improvement(run)
    if compared is None:
        return ""
    baseline, part = compared.baseline, compared.part
    if compared.is_certain is False:
        return t("The difference from the {baseline} baseline may be chance.", baseline=baseline)
    if part > 0:
        return t(
            "That is {percent} fewer than the {baseline} baseline needs.",
            percent=share(part),
            baseline=baseline,
        )
    if part < 0:
        return t(
            "That is {percent} more than the {baseline} baseline needs.",
            percent=share(-part),
            baseline=baseline,
        )
    return t("That is as many as the {baseline} baseline needs.", baseline=baseline)


def _headlines(run: RunFiles, curves: Curves) -> list[tuple[str, str, str]]:
    """Label, value and unit of the numbers that a reader looks for first."""
    numbers: list[tuple[str, str, str]] = []
    if run.corpus:
        numbers.append((t("documents kept"), short(run.corpus.kept.documents), ""))
    if run.tokens:
        numbers.append((t("tokens"), short(_stored_tokens(run)), ""))
    parameters = run.counts("pretrain").get("num_params")
    if isinstance(parameters, int):
        numbers.append((t("parameters"), short(parameters), ""))
    bits = _bits_per_byte(run)
    if bits is not None:
        numbers.append((t("bits per byte"), figure(bits, 3), ""))
    elif curves.validation:
        loss = curves.validation[-1]["validation/loss"]
        numbers.append((t("validation loss"), figure(loss, 3), ""))
    compared = improvement(run)
    if compared:
        sign = "−" if compared.part > 0 else "+"
        label = t("against {baseline}", baseline=compared.baseline)
        numbers.append((label, sign + share(abs(compared.part)), ""))
    for files in run.tasks.tasks[:_MAX_TASKS]:
        main = files.report.main_figure
        if main is not None and main.value is not None:
            numbers.append((f"{visible(files.name)} · {main.metric}", figure(main.value), ""))
    times = [run.timing(stage, "wall_s") for stage in run.manifests]
    known = [seconds for seconds in times if seconds is not None]
    if known:
        numbers.append((t("time, all stages"), duration(sum(known)), ""))
    return numbers


def _circumstances(run: RunFiles) -> list[Html]:
    """When, with which version, and on what the run was made."""
    facts: list[Html] = []
    if run.manifests:
        newest = max(manifest.created_at for manifest in run.manifests.values())
        facts.append(tag("time", day(newest), datetime=newest))
        versions = sorted({manifest.yanmo_version for manifest in run.manifests.values()})
        facts.append(tag("span", "yanmo ", foreign(listed(versions))))
    counts = run.counts("pretrain")
    if counts.get("device"):
        facts.append(tag("span", foreign(device_text(str(counts["device"])))))
    if counts.get("dtype"):
        facts.append(tag("span", foreign(str(counts["dtype"]))))
    return facts


def _notice(run: RunFiles) -> Html | None:
    """What the report cannot show, and why."""
    lines: list[Html] = []
    if run.missing:
        for stage in run.missing:
            state = t("begun, not finished") if stage in run.started else t("not run yet")
            lines.append(tag("li", code(stage), " — ", state))
    lines += [tag("li", foreign(problem)) for problem in run.problems]
    for name, manifest in run.manifests.items():
        lines += [tag("li", code(name), " — ", foreign(note)) for note in manifest.notes]
    if not lines:
        return None
    title = t("This run is not finished") if run.missing else t("To be noted")
    after = tag("p", t("To go on:"), " ", code("yanmo run recipe.toml"))
    return tag(
        "aside",
        tag("h2", title),
        tag("ul", *lines),
        after if run.missing else None,
        class_="notice",
        aria_label=title,
    )


def _stored_tokens(run: RunFiles) -> int:
    """Tokens in all splits."""
    assert run.tokens is not None, "asked for tokens of a run without a token report"
    return sum(int(split.get("tokens") or 0) for split in run.tokens.splits.values())


def _bits_per_byte(run: RunFiles) -> float | None:
    model = run.evaluation.best("neural") if run.evaluation else None
    return model.values["bits_per_byte"] if model else None
