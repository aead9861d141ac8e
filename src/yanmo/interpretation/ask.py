"""A text put to a model: the kind of question that fits what the model answers with.

In: a subject, a text, and what of the answer is given. Out: a `Question`.
"""

from __future__ import annotations

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.interpretation.blank_question import BlankQuestion
from yanmo.interpretation.next_question import NextQuestion
from yanmo.interpretation.question import Question
from yanmo.interpretation.row_question import Asked, RowQuestion
from yanmo.interpretation.subject import Subject
from yanmo.interpretation.target_question import TargetQuestion


def ask(
    subject: Subject,
    text: str,
    *,
    answer: str | None = None,
    label: str | None = None,
    second: str | None = None,
    word: str | None = None,
) -> Question:
    """Ask `subject` about `text`.

    Args:
        answer: a continuation, a target, what fills the blank, or a span of the passage; None for
            what the model would say.
        label: a class or a tag, None for the one that the model would choose.
        second: the other text of a pair, or the passage of a question.
        word: which word of a sentence that is tagged: the word, or its number from 1.

    Raises:
        ConfigError: the model cannot be asked this.
    """
    if subject.spec is not None:
        return RowQuestion(subject, Asked(text, second, label, answer, word))
    for option, value in (("--label", label), ("--second", second), ("--word", word)):
        if value is not None:
            raise ConfigError(
                t("this model has no head: it takes no {option}", option=option), where=option
            )
    kinds = {"causal": NextQuestion, "seq2seq": TargetQuestion, "masked": BlankQuestion}
    kind: type[NextQuestion | TargetQuestion | BlankQuestion] = kinds[subject.kind]  # type: ignore[assignment]
    return kind(subject, text, answer)
