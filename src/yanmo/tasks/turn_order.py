"""Which turn of a conversation may follow which, so that every template can lay it out.

Comes in: the turns of a row. Goes out: the same turns, or a `DataError` that names the row and the
turn. Knows no file format.
"""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.core.conversation_forms import Role, Turn
from yanmo.core.messages import listed, t
from yanmo.tasks.reading.row import Row

_MAY_FOLLOW: dict[Role | None, tuple[Role, ...]] = {
    None: ("system", "user"),
    "system": ("user",),
    "user": ("assistant",),
    "assistant": ("user", "tool"),
    "tool": ("assistant", "tool"),
}
"""By who has spoken last, None at the beginning, who may speak next."""


def checked_turns(row: Row, turns: Sequence[Turn], *last: Role) -> tuple[Turn, ...]:
    """Turns that may follow each other as they do and all say something.

    Args:
        row: where they stand.
        turns: in their order.
        last: who may speak last.

    Raises:
        DataError: names the row and the turn.
    """
    if not turns:
        raise row.error(t("the conversation is empty"))
    before: Role | None = None
    for number, turn in enumerate(turns, start=1):
        if not turn.content.strip():
            raise row.error(t("turn {number} says nothing", number=number))
        if turn.role not in _MAY_FOLLOW[before]:
            raise row.error(
                t("turn {number} is by '{role}'", number=number, role=turn.role),
                why=t("here may speak: {roles}", roles=listed(_MAY_FOLLOW[before])),
            )
        row.checked(turn.content, "content")
        before = turn.role
    if before not in last:
        raise row.error(
            t(
                "the last turn is by '{role}', not by '{expected}'",
                role=before,
                expected=last[0],
            )
        )
    return tuple(turns)
