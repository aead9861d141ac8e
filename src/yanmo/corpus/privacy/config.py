"""The settings of the masking of personal data.

Comes in: the `[corpus.privacy]` section of a recipe. Goes out: a frozen model. Knows nothing of how
personal data is found.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from yanmo.core.config import Config
from yanmo.core.messages import t

_TYPE_FIELD = "{type}"


class PrivacyConfig(Config):
    """Which personal data and secrets are masked, and by what they are replaced."""

    email: bool = True
    """Mask e-mail addresses. Addresses that are reserved for examples (example.com) stay."""

    phone: bool = True
    """Mask telephone numbers: international, North American, Chinese mobile and landline; other
    forms where a word such as "call" or 电话 stands before them."""

    chinese_id: bool = True
    """Mask Chinese identity numbers whose region, date of birth and check digit are valid; the old
    form of 15 digits where 身份证 stands before it."""

    bank_card: bool = True
    """Mask bank card numbers that begin like those of an issuer and pass the Luhn check."""

    iban: bool = True
    """Mask international bank account numbers with the right length and check digits."""

    ip_address: bool = True
    """Mask IPv4 and IPv6 addresses of the public internet; private and reserved ones stay."""

    secret: bool = True
    """Mask API keys, tokens and private keys, and passwords inside addresses."""

    us_ssn: bool = True
    """Mask United States social security numbers."""

    user_name: bool = False
    """Mask the names in @mentions. For social text; in program code @ means something else."""

    placeholder: str = "<{type}>"
    """What stands in the text instead; {type} becomes EMAIL, PHONE, CHINESE_ID and so on."""

    max_private_items: Annotated[int, Field(ge=0)] | None = None
    """Documents with more items than this are rejected: lists of people, leaked tables. None keeps
    them all."""

    @field_validator("placeholder")
    @classmethod
    def _placeholder_names_the_type(cls, placeholder: str) -> str:
        if placeholder.count(_TYPE_FIELD) != 1:
            raise ValueError(t("placeholder must hold {field} once", field=_TYPE_FIELD))
        rest = placeholder.replace(_TYPE_FIELD, "")
        if "<|" in placeholder or "|>" in placeholder or "</" in placeholder:
            raise ValueError(t("placeholder must not look like a special token of a model"))
        if any(character.isdigit() or character == "@" for character in rest):
            raise ValueError(t("placeholder must hold no digit and no @"))
        return placeholder
