"""How processes tell each other that something went wrong, so that all stop and none waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yanmo.checkpoint.training_state.manifest import DamagedCheckpoint
from yanmo.core.errors import CheckpointError, RunError, YanmoError
from yanmo.parallel.ranks import Ranks

_KINDS: dict[str, type[YanmoError]] = {
    kind.__name__: kind for kind in (DamagedCheckpoint, CheckpointError, RunError)
}
Problem = dict[str, Any]


def attempt(
    action: Callable[[], Any], explain: Callable[[OSError], YanmoError]
) -> tuple[Any, YanmoError | None]:
    """What `action` returns, or the error that it ended in; errors of the disk are explained."""
    try:
        return action(), None
    except YanmoError as error:
        return None, error
    except OSError as error:
        explained = explain(error)
        explained.__cause__ = error
        return None, explained


def to_json(error: YanmoError | None) -> Problem | None:
    """An error as a message to the other processes."""
    if error is None:
        return None
    kind = type(error).__name__ if type(error).__name__ in _KINDS else "RunError"
    texts = {"what": error.what, "where": error.where, "why": error.why, "hint": error.hint}
    return {"kind": kind, **texts}


def from_json(problem: Problem) -> YanmoError:
    """The error that another process met."""
    texts = {name: problem[name] for name in ("where", "why", "hint")}
    return _KINDS[problem["kind"]](problem["what"], **texts)


def raise_together(ranks: Ranks, error: YanmoError | None) -> None:
    """Raise on all processes what the lowest of those that met an error met.

    An error that is not mere damage comes before damage, which an older checkpoint may mend.
    """
    if ranks.size == 1:
        if error is not None:
            raise error
        return
    if not ranks.any(error is not None):
        return
    problems = [p for p in ranks.gather_json(to_json(error)) or [] if p is not None]
    problems.sort(key=lambda problem: problem["kind"] == DamagedCheckpoint.__name__)
    raise from_json(ranks.broadcast_json(problems[0] if problems else None)) from error
