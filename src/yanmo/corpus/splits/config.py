"""The settings of the splits.

Comes in: the `[corpus.split]` section of a recipe. Goes out: a frozen model in which only what
takes effect can be set. Knows nothing of documents.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import listed, t

_DEFAULT_FRAC = 0.02


class SplitConfig(Config):
    """Which documents are held out to watch training and to measure the finished model."""

    by: Literal["hash", "time", "domain"] = "hash"
    """What decides: the hash of the text (an even sample, which adding documents never changes),
    the time at which a document was written, or its domain."""

    validation_frac: Annotated[float, Field(gt=0, lt=1)] = _DEFAULT_FRAC
    """The share of documents held out to watch training; only by hash."""

    test_frac: Annotated[float, Field(gt=0, lt=1)] = _DEFAULT_FRAC
    """The share of documents held out to measure the finished model; only by hash."""

    validation_from: str | None = None
    """Documents written on this day (2024-01-31, in UTC) or later, and before `test_from`, are for
    validation; only by time. Documents without a date are for training."""

    test_from: str | None = None
    """Documents written on this day (UTC) or later are for the test; only by time."""

    validation_domains: list[str] = Field(default_factory=list)
    """The domains that are held out to watch training; only by domain."""

    test_domains: list[str] = Field(default_factory=list)
    """The domains that are held out to measure the finished model; only by domain."""

    @field_validator("validation_from", "test_from", mode="before")
    @classmethod
    def _day_is_a_day(cls, day: object) -> object:
        if isinstance(day, date):
            return day.isoformat()[:10]
        if isinstance(day, str):
            try:
                return date.fromisoformat(day).isoformat()
            except ValueError:
                raise ValueError(t("write the day as 2024-01-31")) from None
        return day

    @model_validator(mode="after")
    def _settings_fit(self) -> SplitConfig:
        for by, names in _SETTINGS_OF.items():
            for name in names:
                default = type(self).model_fields[name].get_default(call_default_factory=True)
                if by != self.by and getattr(self, name) != default:
                    raise ValueError(
                        t("{name} takes effect only with by = {by!r}", name=name, by=by)
                    )
        if self.by == "hash" and self.validation_frac + self.test_frac >= 1:
            raise ValueError(t("validation_frac and test_frac together must be less than 1"))
        if self.by != "hash":
            first, second = _SETTINGS_OF[self.by]
            if not getattr(self, first) or not getattr(self, second):
                raise ValueError(
                    t(
                        "by = {by!r} needs {first} and {second}",
                        by=self.by,
                        first=first,
                        second=second,
                    )
                )
        self._check_order()
        return self

    def _check_order(self) -> None:
        """Refuse days in the wrong order and domains in two splits."""
        if self.validation_from and self.test_from and self.validation_from >= self.test_from:
            raise ValueError(t("validation_from must be before test_from"))
        if both := sorted(set(self.validation_domains) & set(self.test_domains)):
            raise ValueError(t("a domain cannot be in two splits: {names}", names=listed(both)))


_SETTINGS_OF = {
    "hash": ("validation_frac", "test_frac"),
    "time": ("validation_from", "test_from"),
    "domain": ("validation_domains", "test_domains"),
}
