"""Calls of tools in what a model writes, in the format of Hermes and Qwen.

In: text, piece by piece, in which `<tool_call>` and `</tool_call>` stand around a JSON object with
`name` and `arguments`. Out: the text outside of them, and the calls. What looks like a call and is
none stays text. Where a call is demanded the whole text is JSON, and nothing stands around it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yanmo.core.messages import t
from yanmo.inference.engine.request import Grammar
from yanmo.serving.api_error import bad_request
from yanmo.serving.sampling_of import grammar_of_schema
from yanmo.serving.schemas.chat import ChatRequest, NamedTool, Tool

OPENED, CLOSED = "<tool_call>", "</tool_call>"


@dataclass(frozen=True)
class Called:
    """A call.

    Attributes:
        name: of the function.
        arguments: a JSON object, as text.
        id: to which the tool's answer refers.
    """

    name: str
    arguments: str
    id: str = field(default_factory=lambda: f"call_{uuid.uuid4().hex[:24]}")

    def told(self) -> dict[str, Any]:
        """As clients have it."""
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


class CallParser:
    """Parts text from calls.

    Args:
        most_calls: further ones are left out; None takes all.
    """

    def __init__(self, most_calls: int | None = None) -> None:
        self._most_calls = most_calls
        self._held = ""
        self._num_calls = 0

    def push(self, text: str, *, is_last: bool = False) -> tuple[str, list[Called]]:
        """The text and the calls that are certain now.

        Args:
            text: what was written next.
            is_last: nothing follows.
        """
        self._held += text
        shown, calls = "", []
        while True:
            begin = self._held.find(OPENED)
            if begin < 0:
                keep = 0 if is_last else _num_begun(self._held)
                cut = len(self._held) - keep
                shown += self._held[:cut]
                self._held = self._held[cut:]
                break
            end = self._held.find(CLOSED, begin)
            if end < 0 and not is_last:
                shown += self._held[:begin]
                self._held = self._held[begin:]
                break
            inside = self._held[begin + len(OPENED) : end if end >= 0 else None]
            call = called_in(inside)
            behind = end + len(CLOSED) if end >= 0 else len(self._held)
            shown += self._held[:begin] if call is not None else self._held[:behind]
            if call is not None and self._may_take():
                calls.append(call)
            self._held = self._held[behind:]
        if self._num_calls and not shown.strip():
            shown = ""  # line feeds between calls
        return shown, calls

    def _may_take(self) -> bool:
        self._num_calls += 1
        return self._most_calls is None or self._num_calls <= self._most_calls


class DemandedCalls:
    """Reads a text that is nothing but calls.

    Args:
        name: of the function that has to be called, whose arguments are the whole text; None where
            the text is a list of calls.
    """

    def __init__(self, name: str | None) -> None:
        self._name = name
        self._text = ""

    def push(self, text: str, *, is_last: bool = False) -> tuple[str, list[Called]]:
        """No text, and all calls at the end. What a limit has cut is text."""
        self._text += text
        if not is_last:
            return "", []
        try:
            found = json.loads(self._text)
        except (ValueError, RecursionError):
            return self._text, []
        if self._name is not None:
            return "", [Called(self._name, self._text.strip())]
        items = found if isinstance(found, list) else [found]
        calls = [call for call in map(_called, items) if call is not None]
        return ("", calls) if calls else (self._text, [])


def called_in(text: str) -> Called | None:
    """The call that a text is; None where it is none."""
    try:
        return _called(json.loads(text))
    except (ValueError, RecursionError):
        return None


def parser_for(request: ChatRequest) -> CallParser | DemandedCalls | None:
    """Who reads the answer to a request; None where it has no tools to call."""
    if not request.tools or request.tool_choice == "none":
        return None
    if isinstance(request.tool_choice, NamedTool):
        return DemandedCalls(request.tool_choice.function.name)
    if request.tool_choice == "required":
        return DemandedCalls(None)
    return CallParser(None if request.parallel_tool_calls else 1)


def grammar_of_calls(request: ChatRequest) -> Grammar | None:
    """What the text has to be where a call is demanded.

    Raises:
        ApiError: the tool that has to be called is not among the tools.
    """
    choice = request.tool_choice
    if choice in (None, "none", "auto"):
        return None
    tools = request.tools or []
    if not tools:
        raise bad_request(t("a tool has to be called, and there are no tools"), "tool_choice")
    if isinstance(choice, NamedTool):
        name = choice.function.name
        named = [tool for tool in tools if tool.function.name == name]
        if not named:
            raise bad_request(t("there is no tool '{name}'", name=name[:200]), "tool_choice")
        return grammar_of_schema(_arguments_schema(named[0]))
    calls: dict[str, Any] = {
        "type": "array",
        "minItems": 1,
        "items": {"anyOf": [_call_schema(tool) for tool in tools]},
    }
    if not request.parallel_tool_calls:
        calls["maxItems"] = 1
    return grammar_of_schema(calls)


def tools_told(tools: Sequence[Tool] | None) -> list[dict[str, Any]]:
    """Tools as a chat template is given them."""
    return [tool.model_dump(exclude_none=True) for tool in tools or ()]


def _call_schema(tool: Tool) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "name": {"const": tool.function.name},
            "arguments": _arguments_schema(tool),
        },
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _arguments_schema(tool: Tool) -> dict[str, Any]:
    return tool.function.parameters or {"type": "object"}


def _called(found: Any) -> Called | None:
    if not isinstance(found, Mapping) or not isinstance(found.get("name"), str):
        return None
    given = found.get("arguments", found.get("parameters", {}))
    arguments = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return Called(found["name"], arguments)


def _num_begun(text: str) -> int:
    """Characters at the end of `text` that may begin a call."""
    for count in range(min(len(text), len(OPENED) - 1), 0, -1):
        if OPENED.startswith(text[-count:]):
            return count
    return 0
