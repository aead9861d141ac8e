"""The forms in which files write conversations: Alpaca, ShareGPT, chat messages, prompt and answer.

Comes in: a record as JSON gives it. Goes out: its form, and its turns word for word. Knows nothing
of files, of chat templates, or of which turns may follow which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from yanmo.core.messages import t
from yanmo.core.record_fields import Malformed, text_in

Role = Literal["system", "user", "assistant", "tool"]
ConversationForm = Literal["messages", "sharegpt", "alpaca", "prompt"]
"""Chat messages (`role`, `content`); ShareGPT (`from`, `value`); Alpaca (`instruction`, `input`,
`output`); a prompt with its response or completion."""

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "human": "user",
    "user": "user",
    "prompter": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "bot": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "observation": "tool",
    "tool": "tool",
    "function": "tool",
}
ANSWER_FIELDS = ("response", "completion")
"""Where the answer to a `prompt` stands."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side of a conversation says."""

    role: Role
    content: str


def form_of_record(record: Any) -> ConversationForm:
    """The form of a record.

    Raises:
        Malformed: it is in none of them.
    """
    if not isinstance(record, dict):
        raise Malformed(t("the record is no object"))
    if isinstance(record.get("messages"), list):
        return "messages"
    if isinstance(record.get("conversations"), list):
        return "sharegpt"
    if isinstance(record.get("instruction"), str):
        return "alpaca"
    if isinstance(record.get("prompt"), str | list):
        return "prompt"
    raise Malformed(t("the record is no conversation in a form that is read"))


def turns_of_record(record: Any) -> list[Turn]:
    """The turns of a record in one of the usual forms, as it has them.

    Raises:
        Malformed: it is in none of them, or a field is missing or no text.
    """
    return [*asked_turns(record), *_answer_turns(record)]


def asked_turns(record: Any) -> list[Turn]:
    """The turns of a record without the answer that stands in a field of its own (Alpaca's
    `output`, the `response` to a prompt).

    Raises:
        Malformed: it is in none of the forms, or a field is missing or no text.
    """
    form = form_of_record(record)
    if form == "messages":
        turns = turns_of_messages(record["messages"])
    elif form == "sharegpt":
        turns = turns_of_messages(record["conversations"])
    elif form == "alpaca":
        turns = _instruction_turns(record)
    else:
        turns = turns_of(record["prompt"], "user")
    if isinstance(record.get("system"), str) and not any(turn.role == "system" for turn in turns):
        turns.insert(0, Turn("system", record["system"]))
    return turns


def turns_of(said: Any, role: Role) -> list[Turn]:
    """Turns from a text by `role`, from one message, or from a list of messages.

    Raises:
        Malformed: it is none of these.
    """
    if isinstance(said, str):
        return [Turn(role, said)]
    return turns_of_messages(said if isinstance(said, list) else [said])


def turns_of_messages(messages: list[Any]) -> list[Turn]:
    """Turns from ShareGPT's messages (`from`, `value`) or chat messages (`role`, `content`).

    Raises:
        Malformed: nobody knows a role, or a message says nothing that is text.
    """
    turns: list[Turn] = []
    for message in messages:
        if not isinstance(message, dict):
            raise Malformed(t("the record is no object"))
        role = message.get("role", message.get("from"))
        if not isinstance(role, str) or role not in _ROLES:
            raise Malformed(t("nobody knows the role {role!r}", role=role))
        turns.append(Turn(_ROLES[role], _content_of(message)))
    return turns


def _content_of(message: dict[str, Any]) -> str:
    """What a message says; the parts of a content in parts, which must all be text, are joined."""
    name = "content" if "content" in message or "role" in message else "value"
    content = message.get(name)
    if isinstance(content, list):
        return "".join(text_in(part, "text") for part in content)
    return text_in(message, name)


def _instruction_turns(record: dict[str, Any]) -> list[Turn]:
    """Alpaca's form: earlier turns, then instruction and input together."""
    turns: list[Turn] = []
    history = record.get("history")
    for earlier in history if isinstance(history, list) else []:
        if not (isinstance(earlier, list) and len(earlier) == 2):
            raise Malformed(t("the field {name} is missing or no text", name="history"))
        turns += [Turn("user", str(earlier[0])), Turn("assistant", str(earlier[1]))]
    given = record.get("input")
    asked = record["instruction"] + (f"\n{given}" if isinstance(given, str) and given else "")
    return [*turns, Turn("user", asked)]


def _answer_turns(record: dict[str, Any]) -> list[Turn]:
    """The answer of a record whose form has a field for it."""
    form = form_of_record(record)
    if form == "alpaca":
        return [Turn("assistant", text_in(record, "output"))]
    if form == "prompt":
        name = next((name for name in ANSWER_FIELDS if name in record), ANSWER_FIELDS[0])
        if isinstance(record.get(name), list):
            return turns_of(record[name], "assistant")
        return [Turn("assistant", text_in(record, name))]
    return []
