"""Errors say what, where, why and what to do next."""

from __future__ import annotations

import pytest

from yanmo.core.errors import CheckpointError, ConfigError, DataError, RunError, YanmoError


def test_all_parts_are_told_in_order() -> None:
    error = DataError("cannot read it", where="语料.txt:3", why="not UTF-8", hint="Save it again.")
    assert str(error) == "语料.txt:3: cannot read it (not UTF-8)\n  Save it again."
    assert error.args == (str(error),)


def test_parts_that_are_not_given_leave_no_trace() -> None:
    assert str(ConfigError("wrong")) == "wrong"
    assert str(ConfigError("wrong", why="so")) == "wrong (so)"
    assert str(ConfigError("wrong", hint="Do.")) == "wrong\n  Do."


@pytest.mark.parametrize(
    ("kind", "code"), [(ConfigError, 2), (DataError, 2), (CheckpointError, 2), (RunError, 1)]
)
def test_exit_codes_tell_wrong_input_from_a_failed_run(kind: type[YanmoError], code: int) -> None:
    assert issubclass(kind, YanmoError)
    assert kind.exit_code == code
