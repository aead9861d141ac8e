"""Errors that are gathered, so that all of them are told at once.

Comes in: code that may raise. Goes out: nothing, or one error with everything that was raised.
"""

from __future__ import annotations

from types import TracebackType

from yanmo.core.errors import ConfigError, DataError, YanmoError


class Problems:
    """Errors so far, each once, in the order in which they were found."""

    def __init__(self) -> None:
        self._errors: dict[str, YanmoError] = {}

    def noting(self, key: str | None = None, *, is_named: bool = False) -> Noting:
        """Note an error that is raised inside a `with` instead of passing it on.

        Args:
            key: of the recipe that it is about; the place of an error that names none.
            is_named: whether the key stands before a place that the error names, too.
        """
        return Noting(self, key, is_named=is_named)

    def add(self, error: YanmoError) -> None:
        """Note an error, unless the same has been noted."""
        self._errors.setdefault(str(error), error)

    def tell(self) -> None:
        """Raise what was noted, if anything was.

        Raises:
            YanmoError: the error itself where there is one; all of them in one otherwise, which is
                a `ConfigError` where each of them is.
        """
        found = list(self._errors.values())
        if len(found) == 1:
            raise found[0]
        if found:
            is_recipe = all(isinstance(error, ConfigError) for error in found)
            told = "\n".join(self._errors)
            raise ConfigError(told) if is_recipe else DataError(told)


class Noting:
    """Inside of it an error is noted and not raised; see `Problems.noting`."""

    def __init__(self, problems: Problems, key: str | None, *, is_named: bool) -> None:
        self._problems = problems
        self._key = key
        self._is_named = is_named

    def __enter__(self) -> None:
        """Nothing is told of what is inside."""

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> bool:
        """Whether the error was one of those that explain themselves."""
        if not isinstance(error, YanmoError):
            return False
        if self._key is not None and error.where is None:
            error = _placed(error, self._key)
        elif self._key is not None and self._is_named:
            error = _placed(error, f"{self._key}: {error.where}")
        self._problems.add(error)
        return True


def _placed(error: YanmoError, where: str) -> YanmoError:
    """The same error at another place."""
    return type(error)(error.what, where=where, why=error.why, hint=error.hint)
