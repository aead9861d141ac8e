"""`yanmo explain`: why a model said what it said, on the terminal, as JSON, or as one HTML page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yanmo.cli.options import JsonOption, QuietOption
from yanmo.cli.row_options import (
    DeviceOption,
    ForceOption,
    HeadOption,
    SecondColumnOption,
    TextColumnOption,
)
from yanmo.core.errors import ConfigError
from yanmo.core.messages import language, t

if TYPE_CHECKING:
    from yanmo.core.console import Console
    from yanmo.interpretation.explanation import Explanation
    from yanmo.interpretation.question import Question
    from yanmo.interpretation.subject import Subject

ModelArgument = Annotated[
    Path,
    typer.Argument(metavar="MODEL", help=t("A model folder, runs/NAME/pretrain or finetune/TASK.")),
]
TextOption = Annotated[
    str | None, typer.Option("--prompt", "-p", help=t("The text whose answer is explained."))
]
AnswerOption = Annotated[
    str | None,
    typer.Option(help=t("The continuation, target, filler or span; else what the model says.")),
]
LabelOption = Annotated[
    str | None, typer.Option(help=t("The class or tag; else the one that the model gives."))
]
SecondOption = Annotated[
    str | None, typer.Option(help=t("The other text of a pair, or the passage of a question."))
]
WordOption = Annotated[
    str | None, typer.Option(help=t("Which word's tag: the word, or its number from 1."))
]
AgainstOption = Annotated[
    str | None,
    typer.Option(
        help=t("A text of as many tokens with another answer: what makes the difference?")
    ),
]
MethodsOption = Annotated[
    str | None,
    typer.Option(
        help=t(
            "Separated by commas: integrated_gradients, gradient_x_input, smooth_gradient,"
            " occlusion, attention, attention_rollout."
        )
    ),
]
ModeOption = Annotated[
    str, typer.Option("--switch-off", help=t("Heads give: zero, or their mean over the text."))
]
TrustOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help=t("Texts for the deletion test of every method, and for what each head does."),
    ),
]
ProbeOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help=t("Labelled texts (or words and tags): what can be read off each layer?"),
    ),
]
LabelColumnOption = Annotated[str | None, typer.Option(help=t("Column of the labels."))]
MaxTextsOption = Annotated[
    int, typer.Option(min=1, help=t("Texts that are read from a file at most."))
]
PageOption = Annotated[
    Path | None, typer.Option("--out", "-o", help=t("Write an HTML page with everything here."))
]
LanguageOption = Annotated[
    str | None, typer.Option("--language", help=t("Of the page: en or zh; else the reader's."))
]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(help=t("Why a model said what it said: attributions, attention, layers, heads."))(
        explain
    )


def explain(
    model: ModelArgument,
    prompt: TextOption = None,
    answer: AnswerOption = None,
    label: LabelOption = None,
    second: SecondOption = None,
    word: WordOption = None,
    against: AgainstOption = None,
    methods: MethodsOption = None,
    switch_off: ModeOption = "zero",
    faithfulness: TrustOption = None,
    probe: ProbeOption = None,
    text_column: TextColumnOption = None,
    second_column: SecondColumnOption = None,
    label_column: LabelColumnOption = None,
    max_texts: MaxTextsOption = 200,
    head: HeadOption = None,
    out: PageOption = None,
    force: ForceOption = False,
    page_language: LanguageOption = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Explain one answer, or probe the layers."""
    if (prompt is None) == (probe is None):
        raise ConfigError(t("give a text with -p, or a file with --probe"), where="yanmo explain")
    _check_values(switch_off, page_language)
    if probe is not None:
        _refuse_page(out, page_language, force)
    elif out is not None:
        _check_page(out, is_forced=force)

    from yanmo.core.console import Console
    from yanmo.interpretation.subject import open_subject

    console = Console(is_quiet=quiet)
    subject = open_subject(model, device, head)
    if prompt is None:
        _probe(subject, probe or "", text_column, label_column, max_texts, as_json, console)
        return

    from yanmo.core.page.speaking import speaking
    from yanmo.interpretation import explanation as parts
    from yanmo.interpretation.ask import ask
    from yanmo.interpretation.attribution import check_methods

    names = None if methods is None else check_methods(subject, _names(methods))
    question = ask(subject, prompt, answer=answer, label=label, second=second, word=word)
    other = None if against is None else _other_question(subject, question, against, second, word)
    trust = measures = None
    if faithfulness is not None:
        from yanmo.cli.explain_files import trust_on_file

        columns = (text_column, second_column, label_column)
        trust, measures = trust_on_file(
            subject, faithfulness, names, columns, max_texts, switch_off, console
        )
    with speaking(page_language):  # what is left out says why in the language of the page
        found = parts.explain(
            question,
            names,
            model=str(model),
            other=other,
            trust=trust,
            measures=measures,
            mode=switch_off,  # type: ignore[arg-type]
        )
    if as_json:
        print(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        _print(found)
    if out is not None:
        _write_page(found, out, page_language)
        console.note(t("written: {path}", path=out))


def _probe(
    subject: Subject,
    file: str,
    text_column: str | None,
    label_column: str | None,
    max_texts: int,
    as_json: bool,
    console: Console,
) -> None:
    """Print what can be read off each layer."""
    from yanmo.cli.explain_files import print_probes, probe_file

    report = probe_file(subject, file, text_column, label_column, max_texts, console)
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        print_probes(report)


def _names(methods: str) -> list[str]:
    return [one.strip().replace("-", "_") for one in methods.split(",") if one.strip()]


def _check_values(switch_off: str, page_language: str | None) -> None:
    if switch_off not in ("zero", "mean"):
        raise ConfigError(
            t("heads are switched off by: {names}", names="zero, mean"), where="--switch-off"
        )
    if page_language not in (None, "en", "zh"):
        raise ConfigError(t("a page is written in: {names}", names="en, zh"), where="--language")


def _refuse_page(out: Path | None, page_language: str | None, force: bool) -> None:
    for option, is_given in (
        ("--out", out is not None),
        ("--language", page_language is not None),
        ("--force", force),
    ):
        if is_given:
            raise ConfigError(t("probes are printed, not written as a page"), where=option)


def _check_page(out: Path, *, is_forced: bool) -> None:
    if not out.absolute().parent.is_dir():
        raise ConfigError(t("there is no folder {folder}", folder=out.parent), where="--out")
    if out.is_dir():
        raise ConfigError(t("{path} is a folder", path=out), where="--out")
    if out.exists() and not is_forced:
        raise ConfigError(
            t("{path} is there already", path=out),
            where="--out",
            hint=t("Choose another name, or write over it with --force."),
        )


def _other_question(
    subject: Subject, question: Question, text: str, second: str | None, word: str | None
) -> Question:
    """The second text, asked for the answer of the first."""
    from yanmo.interpretation.ask import ask

    said = question.answer.text
    if question.answer.kind in ("class", "tag"):
        return ask(subject, text, label=said, second=second, word=word)
    if question.answer.kind == "number":
        return ask(subject, text, second=second)
    return ask(subject, text, answer=said, second=second)


def _write_page(found: Explanation, out: Path, wanted: str | None) -> None:
    from yanmo.core.files import write_atomically
    from yanmo.core.page.speaking import speaking
    from yanmo.interpretation.page.build import explanation_page

    with speaking(wanted or language()) as spoken:
        page = explanation_page(found, spoken)
    write_atomically(out, page.encode("utf-8"))


def _print(found: Explanation) -> None:
    """The answer, a number for each token and method, and what deserves trust."""
    from yanmo.core.text_width import cell_width, pad_right
    from yanmo.interpretation.page.names import (
        answer_kind,
        interval_text,
        method_name,
        percent,
        signed,
        unit_name,
        verdict_name,
    )
    from yanmo.interpretation.page.token_markup import shown

    answer = found.question.answer
    line = f"{answer_kind(answer)}: {answer.text}   {unit_name(answer)} {signed(answer.score)}"
    if answer.probability is not None:
        line += "   " + t("probability {share}", share=percent(answer.probability))
    print(line)
    header = [t("token"), *(one.method for one in found.attributions)]
    rows = [header]
    for place, token in enumerate(found.question.tokens):
        rows.append([shown(token.text), *(signed(one.scores[place]) for one in found.attributions)])
    widths = [max(cell_width(row[column]) for row in rows) for column in range(len(header))]
    for row in rows:
        print("  ".join(pad_right(*pair) for pair in zip(row, widths, strict=True)).rstrip())
    if found.trust is not None:
        for one in found.trust.methods:
            gain = f"{signed(one.gain.mean)} {interval_text(one.gain)}"
            print(f"{method_name(one.method)}: {verdict_name(one.verdict)}  {gain}")
    for left in found.left_out:
        print(f"{t('left out')}: {method_name(left.what)} ({' '.join(left.why.split())})")
