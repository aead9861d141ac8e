"""Sections `[measure.NAME]` and `[prompt.NAME]` against their tasks and the models they name.

In: the section, what its tasks are, and the models as they will be. Out: nothing, or the error that
the stage would have ended with after all stages before it had run.
"""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.evaluation.prompting.templates import BY_LIKELIHOOD
from yanmo.finetuning.head_rows import HEAD_KIND_OF
from yanmo.models.language_model import LanguageModel
from yanmo.pipeline.beforehand.models import ForeseenModel, Foreseer, require_head
from yanmo.pipeline.beforehand.problems import Problems
from yanmo.pipeline.beforehand.tunings import check_rows, require_text
from yanmo.pipeline.measure.opened import require_predictable
from yanmo.pipeline.measure.run import require_one_kind
from yanmo.pipeline.measure.section import MeasureSection, PromptSection
from yanmo.tasks.task import TaskKind
from yanmo.tokens.chat import load_chat
from yanmo.tokens.tokenizer import Tokenizer


def check_measuring(
    problems: Problems,
    foreseer: Foreseer,
    name: str,
    section: MeasureSection,
    tasks: Sequence[tuple[str, TaskKind, str]],
) -> None:
    """Note what would stop the stage `measure/NAME`.

    Args:
        problems: where it is noted.
        foreseer: of the recipe's models.
        name: of the section.
        section: itself.
        tasks: name, kind and language of the targets of each.
    """
    key = f"measure.{name}"
    models = {"model": section.model, **{f"others.{n}": m for n, m in section.others.items()}}
    with problems.noting(key):
        for task, kind, _ in tasks:
            require_predictable(kind, task)
        if section.others:
            require_one_kind(tasks)
    for setting, named in models.items():
        model = None
        with problems.noting(f"{key}.{setting}", is_named=True):
            model = foreseer.named(named)
        for _, kind, _ in tasks:
            if model is None:
                break
            with problems.noting(f"{key}.{setting}"):
                _require_able(model, named, kind)
        if model is not None and model.network is not None and model.heads:
            check_rows(problems, key, section.length, model, has_heads=True)


def check_prompting(
    problems: Problems, foreseer: Foreseer, name: str, section: PromptSection, kind: TaskKind
) -> None:
    """Note what would stop the stage `prompt/NAME`; its task has been put as a prompt already."""
    key = f"prompt.{name}"
    model = None
    with problems.noting(f"{key}.model", is_named=True):
        model = foreseer.named(section.model)
    if model is None:
        return
    with problems.noting(f"{key}.model"):
        require_text(model)
        wanted = ("causal",) if kind in BY_LIKELIHOOD else ("causal", "seq2seq")
        _require_writer(model, section.model, kind, wanted)


def _require_able(model: ForeseenModel, named: str, kind: TaskKind) -> None:
    if kind in ("choices", "text"):
        return  # told already: no model does them
    if (kind == "speech") != model.is_hearing:
        raise ConfigError(
            t("this model hears and reads no text")
            if model.is_hearing
            else t("this model does not hear"),
            hint=t('Tune one in a section [finetune.NAME], and name it: model = "finetune/NAME".'),
        )
    if kind in HEAD_KIND_OF:
        require_head(model, HEAD_KIND_OF[kind], named=named, task_kind=kind)
    elif kind != "speech":
        wanted = ("causal", "seq2seq") if kind in ("translation", "summarisation") else ("causal",)
        _require_writer(model, named, kind, wanted)
        is_outside = model.folder is not None and not isinstance(model.codec, Tokenizer)
        if model.kind == "causal" and is_outside and model.folder is not None:
            load_chat(model.folder, model.codec)


def _require_writer(
    model: ForeseenModel, named: str, kind: TaskKind, wanted: Sequence[str]
) -> None:
    """Refuse a model that cannot write what a task asks for.

    Raises:
        ConfigError: it has learned to do something else.
    """
    is_writer = isinstance(model.network, LanguageModel) and not model.heads
    if is_writer and model.kind in wanted:
        return
    raise ConfigError(
        t('the model "{model}" does no task of kind {kind}', model=named, kind=kind),
        why=t("its heads write nothing")
        if model.heads
        else t(
            "it needs a {wanted} model, and this is a {kind} one",
            wanted="/".join(wanted),
            kind=model.kind,
        ),
        hint=None
        if model.heads
        else t("Take a model of another family: `yanmo ls models` says what each is."),
    )
