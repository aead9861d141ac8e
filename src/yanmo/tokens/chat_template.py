"""A chat template: turns of a conversation to the one text that a model reads, and who wrote what.

Comes in: the Jinja source that a model folder carries, and turns. Goes out: the text that
`transformers` renders too, and the characters of it that the assistant writes. Templates are
programs of strangers: they run in Jinja's sandbox, and see neither files, nor a clock, since a date
in the text would change the data from day to day. Knows no token ids.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from yanmo.core.conversation_forms import Turn
from yanmo.core.errors import DataError
from yanmo.core.messages import t

# Code points that Unicode sets apart for such inner use and that no text may hold.
_OPENED, _CLOSED, _CONTENT, _BROKEN = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
_MARKS = re.compile("[\ufdd0-\ufdd3]")
_PLACEHOLDER = re.compile(f"{_CONTENT}([0-9]+){_CONTENT}")
# What the code of a template can raise when it meets turns that it was not written for.
_TEMPLATE_FAILURES = (
    jinja2.TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)
Span = tuple[int, int]


@dataclass(frozen=True)
class RenderedChat:
    """What a template makes of a conversation.

    Attributes:
        text: in which the template's control tokens are spelled out.
        answers: for each turn of the assistant its number and the characters, from and to, that the
            model is to write: what it says and the token that ends it.
        breaks: places inside control tokens that a turn, not the template, has spelled; the text is
            to be cut there before it is encoded.
    """

    text: str
    answers: tuple[tuple[int, Span], ...]
    breaks: tuple[int, ...] = ()


@dataclass(frozen=True)
class TemplateExtras:
    """What a template is given beside who says what.

    Attributes:
        tools: what the assistant may call, each as a JSON object; none where empty.
        by_turn: further fields of the turn of that number, such as `tool_calls`.
        settings: variables of the template by name, such as `enable_thinking`.
    """

    tools: Sequence[Mapping[str, Any]] = ()
    by_turn: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


class ChatTemplate:
    """A template that is compiled once.

    Args:
        source: the template, in Jinja.
        names: the spelling of special tokens by role (`bos`, `eos`, ...).
        controls: the spellings of all special tokens.
        where: the file, for messages.

    Raises:
        DataError: the template is no Jinja.
    """

    def __init__(
        self, source: str, names: Mapping[str, str], controls: Sequence[str], *, where: str
    ) -> None:
        self._names = dict(names)
        self._where = where
        spellings = "|".join(re.escape(name) for name in sorted(controls, key=len, reverse=True))
        self._controls = re.compile(spellings or r"(?!)")
        self._first_control = re.compile(rf"\s*({spellings or '(?!)'})")
        try:
            self._template = _environment().from_string(source)
        except jinja2.TemplateError as error:
            raise self._error(t("the chat template is broken"), why=str(error)) from error
        self._has_marks = re.search(r"\{%[-+]?\s*generation\s*[-+]?%\}", source) is not None
        self._skeletons: dict[tuple[str, ...], str] = {}

    def render(
        self,
        turns: Sequence[Turn],
        *,
        has_prompt: bool = False,
        extras: TemplateExtras | None = None,
    ) -> RenderedChat:
        """The text of a conversation.

        Args:
            turns: in their order.
            has_prompt: end with what stands before an answer, so that the assistant is to write.
            extras: what the template is given beside the turns. No text in them becomes a control
                token either.

        Raises:
            DataError: the template refuses the conversation, or it cannot be told where the answers
                stand.
        """
        for number, turn in enumerate(turns, start=1):
            _refuse_marks(turn.content, t("turn {number}", number=number))
        said = [self._controls.sub(_broken, turn.content) for turn in turns]
        told = self._told(extras) if extras is not None else None
        rendered = self._rendered(turns, said, has_prompt=has_prompt, extras=told)
        if self._has_marks:
            return self._without_marks(rendered, _answering(turns))
        answers = [] if has_prompt else self._found_answers(turns, said, rendered)
        return _without_breaks(rendered, answers)

    def _told(self, extras: TemplateExtras) -> TemplateExtras:
        """`extras`, in whose texts the spellings of control tokens are cut."""

        def cut(value: Any) -> Any:
            if isinstance(value, str):
                _refuse_marks(value, "tools")
                return self._controls.sub(_broken, value)
            if isinstance(value, Mapping):
                return {cut(key): cut(one) for key, one in value.items()}
            return [cut(one) for one in value] if isinstance(value, list | tuple) else value

        return TemplateExtras(
            cut(list(extras.tools)),
            {number: cut(fields) for number, fields in extras.by_turn.items()},
            {name: cut(value) for name, value in extras.settings.items()},
        )

    def _rendered(
        self,
        turns: Sequence[Turn],
        said: Sequence[str],
        *,
        has_prompt: bool = False,
        extras: TemplateExtras | None = None,
    ) -> str:
        extras = extras or TemplateExtras()
        messages = [
            {"role": turn.role, "content": content, **extras.by_turn.get(number, {})}
            for number, (turn, content) in enumerate(zip(turns, said, strict=True))
        ]
        specials = {f"{role}_token": name for role, name in self._names.items()}
        given = {
            **extras.settings,
            **specials,
            "messages": messages,
            "tools": list(extras.tools) or None,
            "add_generation_prompt": has_prompt,
        }
        try:
            return self._template.render(given)
        except _TEMPLATE_FAILURES as error:
            raise self._error(
                t("the chat template refuses this conversation"), why=str(error)
            ) from error

    def _without_marks(self, rendered: str, answering: Sequence[int]) -> RenderedChat:
        """The text without the template's own marks of what the assistant writes."""
        pieces = re.split(f"[{_OPENED}{_CLOSED}]", rendered)
        ends = [0]
        for piece in pieces:
            ends.append(ends[-1] + len(piece))
        spans = list(pairwise(ends))[1::2]
        if len(spans) != len(answering):
            raise self._unknown_answers()
        answers = list(zip(answering, spans, strict=True))
        return _without_breaks("".join(pieces), answers)

    def _found_answers(
        self, turns: Sequence[Turn], said: Sequence[str], rendered: str
    ) -> list[tuple[int, Span]]:
        """Where the answers stand in the text of a template that does not mark them.

        The same turns with numbers in place of what they say give the text around them. A template
        that looks into the turns, so that this does not fit, is asked for each beginning.
        """
        skeleton = self._skeleton(turns)
        places = _places(skeleton, said, rendered)
        answers = []
        for index in _answering(turns):
            if places is not None:
                span = self._answer_at(turns, index, skeleton, places, rendered)
            else:
                span = self._answer_behind(turns, index, said, rendered)
            answers.append((index, span))
        return answers

    def _answer_at(
        self, turns: Sequence[Turn], index: int, skeleton: str, places: list[Span], rendered: str
    ) -> Span:
        """An answer that is known to stand at `places[index]`: from behind what stands before every
        answer (there can be more between it and the words) to the token that ends the turn."""
        start, end = places[index]
        asked = self._skeleton(turns[:index], has_prompt=True)
        words = skeleton.index(f"{_CONTENT}{index}{_CONTENT}")
        behind = places[index - 1][1] if index else 0
        if skeleton.startswith(asked) and 0 <= words - len(asked) <= start - behind:
            start -= words - len(asked)
        return start, self._end_of_turn(rendered, end)

    def _answer_behind(
        self, turns: Sequence[Turn], index: int, said: Sequence[str], rendered: str
    ) -> Span:
        """An answer that begins where the text of the turns before it ends."""
        asked = self._rendered(turns[:index], said[:index], has_prompt=True)
        if not rendered.startswith(asked):
            raise self._unknown_answers()
        for found in self._controls.finditer(rendered, len(asked)):
            if self._ends_turn(found[0]):
                return len(asked), found.end()
        if index + 1 < len(turns):
            raise self._unknown_answers()
        return len(asked), len(rendered)

    def _end_of_turn(self, rendered: str, end: int) -> int:
        """Behind the control token that ends a turn, if one follows its words."""
        found = self._first_control.match(rendered, end)
        return found.end() if found and self._ends_turn(found[1]) else end

    def _ends_turn(self, control: str) -> bool:
        return control == self._names.get("eos") or control != self._names.get("bos")

    def _skeleton(self, turns: Sequence[Turn], *, has_prompt: bool = False) -> str:
        """The text with a number in place of what each turn says."""
        key = (*(turn.role for turn in turns), str(has_prompt))
        if key not in self._skeletons:
            numbers = [f"{_CONTENT}{index}{_CONTENT}" for index in range(len(turns))]
            self._skeletons[key] = self._rendered(turns, numbers, has_prompt=has_prompt)
        return self._skeletons[key]

    def _unknown_answers(self) -> DataError:
        return self._error(
            t("it cannot be told where the answers stand in the text of this chat template"),
            hint=t("Mark them in the template: {marks}.", marks="{% generation %}"),
        )

    def _error(self, what: str, *, why: str | None = None, hint: str | None = None) -> DataError:
        return DataError(what, where=self._where, why=why, hint=hint)


class _GenerationMarks(Extension):
    """`{% generation %}`: between this and `{% endgeneration %}` the assistant writes."""

    tags = {"generation"}  # noqa: RUF012  (Jinja's own name and type)

    def parse(self, parser: Parser) -> nodes.Node:
        """Put marks around the block."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("marked"), [], [], body).set_lineno(line)

    def marked(self, caller: Any) -> str:
        """What the block gives, between the marks."""
        return _OPENED + str(caller()) + _CLOSED


def _environment() -> ImmutableSandboxedEnvironment:
    """Jinja with the settings, the filter and the function that chat templates rely on."""

    def raise_exception(message: str) -> None:
        raise jinja2.TemplateError(message)

    def tojson(value: Any, indent: int | None = None) -> str:
        return json.dumps(value, ensure_ascii=False, indent=indent)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_GenerationMarks, loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    return environment


def _refuse_marks(text: str, where: str) -> None:
    if _MARKS.search(text):
        raise DataError(
            t("a turn holds a code point that Unicode keeps out of all text"), where=where
        )


def _answering(turns: Sequence[Turn]) -> list[int]:
    return [index for index, turn in enumerate(turns) if turn.role == "assistant"]


def _broken(control: re.Match[str]) -> str:
    """The spelling of a control token, with a mark inside where it is to be cut."""
    return control[0][0] + _BROKEN + control[0][1:]


def _places(skeleton: str, said: Sequence[str], rendered: str) -> list[Span] | None:
    """Where each turn's words stand in the text, as they are or without the space around them;
    None where the text is not the skeleton with the words filled in."""
    parts = _PLACEHOLDER.split(skeleton)
    if parts[1::2] != [str(index) for index in range(len(said))]:
        return None
    around = parts[::2]
    if not rendered.startswith(around[0]):
        return None
    end = len(around[0])
    places: list[Span] = []
    for words, behind in zip(said, around[1:], strict=True):
        fitting = (form for form in (words, words.strip()) if _fits(rendered, end, form + behind))
        form = next(fitting, None)
        if form is None:
            return None
        places.append((end, end + len(form)))
        end += len(form) + len(behind)
    return places if end == len(rendered) else None


def _fits(rendered: str, start: int, expected: str) -> bool:
    return rendered.startswith(expected, start)


def _without_breaks(rendered: str, answers: Sequence[tuple[int, Span]]) -> RenderedChat:
    """The text without the marks inside spelled control tokens; spans and breaks count in it."""
    found = [place.start() for place in re.finditer(_BROKEN, rendered)]
    breaks = tuple(place - number for number, place in enumerate(found))

    def moved(place: int) -> int:
        return place - sum(mark < place for mark in found)

    moved_answers = tuple((index, (moved(a), moved(b))) for index, (a, b) in answers)
    return RenderedChat(rendered.replace(_BROKEN, ""), moved_answers, breaks)
