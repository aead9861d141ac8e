"""What a task's examples are: one frozen type for each kind of task.

An example's `id` is stable: the name that the data set gives it, or its file and row. A target
that is None is not known: such examples can be predicted on and not learned from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yanmo.core.conversation_forms import Role as Role
from yanmo.core.conversation_forms import Turn as Turn

if TYPE_CHECKING:  # recipes load this module, and know no numbers
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TextExample:
    """A text, or two texts, and a class or a number.

    Args:
        id: stable name.
        text: the text.
        second: the other text of a pair; None where there is one text.
        label: the class by name, or a number (similarity), or None where it is not known.
    """

    id: str
    text: str
    second: str | None = None
    label: str | float | None = None


@dataclass(frozen=True, slots=True)
class TaggedExample:
    """A sentence cut into words or characters, each with a tag.

    Args:
        id: stable name.
        tokens: words (en) or characters (zh) as the data set cuts them; none is empty.
        tags: one for each token, in BIO (`B-PER`, `I-PER`, `O`) whatever the file used; None where
            they are not known.
        joiner: what stands between two tokens of the text: a space, or nothing.
    """

    id: str
    tokens: tuple[str, ...]
    tags: tuple[str, ...] | None = None
    joiner: str = " "


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in a passage: `passage[start : start + len(text)] == text`, which is checked."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class QuestionExample:
    """A question about a passage.

    Args:
        id: stable name.
        question: what is asked.
        passage: where the answer stands.
        answers: all answers that hold; empty where the passage has none, None where they are not
            known.
    """

    id: str
    question: str
    passage: str
    answers: tuple[Answer, ...] | None = None


@dataclass(frozen=True, slots=True)
class PairExample:
    """A source text and what is to be written from it (a translation, a summary).

    Args:
        id: stable name.
        source: what is read.
        targets: what may be written; the first is learned from, all are references; empty where
            they are not known.
    """

    id: str
    source: str
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationExample:
    """Turns in their order, the last by the assistant where it is learned from."""

    id: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class PreferenceExample:
    """A conversation that waits for the assistant, and two answers, of which one is preferred."""

    id: str
    turns: tuple[Turn, ...]
    chosen: str
    rejected: str


@dataclass(frozen=True, slots=True)
class ChoiceExample:
    """A context and what may follow it; `answer` is the index of the right one, or None."""

    id: str
    context: str
    choices: tuple[str, ...]
    answer: int | None = None


@dataclass(frozen=True, slots=True)
class KeywordExample:
    """A text and its keywords, as its authors or readers chose them."""

    id: str
    text: str
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SpeechExample:
    """A recording and what is said in it.

    Args:
        id: stable name.
        samples: (N,) within -1 to 1, one channel.
        sample_rate_hz: samples a second.
        transcript: what is said; None where it is not known.
    """

    id: str
    samples: NDArray[np.float32] = field(repr=False, compare=False)
    sample_rate_hz: int
    transcript: str | None = None


Example = (
    TextExample
    | TaggedExample
    | QuestionExample
    | PairExample
    | ConversationExample
    | PreferenceExample
    | ChoiceExample
    | KeywordExample
    | SpeechExample
)
