"""The one base class of every configuration model.

A configuration is frozen, refuses unknown keys and numbers that are not finite (a field may allow
them), and takes the documentation of a field from the string below it. The same class defines the
file format, the overrides on the command line, the JSON Schema and the reference page.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Config(BaseModel):
    """Base of all configuration models: frozen, strict about keys, documented field by field."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        validate_default=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )
