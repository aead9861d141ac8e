"""Which tokens of an outside tokenizer are special, as the files beside it say.

In: the folder. Out: spellings from `tokenizer_config.json`, `special_tokens_map.json` and
`added_tokens.json`, ids from `config.json` and `generation_config.json`. Only JSON is read; a field
of another type than it should have counts as missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.messages import t

ROLES = ("bos", "eos", "unk", "pad", "mask", "cls", "sep")
# Spellings that mean the same everywhere; used where no file names the token of a role.
USUAL_SPELLINGS = {
    "pad": ("[PAD]", "<pad>"),
    "mask": ("[MASK]", "<mask>"),
}


@dataclass(frozen=True)
class OutsideIds:
    """The ids of special tokens; None where a tokenizer has no such token."""

    bos: int | None = None
    eos: frozenset[int] = frozenset()
    unk: int | None = None
    pad: int | None = None
    mask: int | None = None


@dataclass(frozen=True)
class FolderFacts:
    """What the JSON files beside a tokenizer say about it."""

    settings: dict[str, Any]
    """`tokenizer_config.json`."""
    model: dict[str, Any]
    """`config.json`."""
    names: dict[str, str]
    """Spelling of the special token of each role."""
    extra: list[str]
    """Further special tokens."""
    added: dict[int, tuple[str, bool]]
    """Tokens beside the vocabulary: spelling, and whether it is special, by id."""
    generation: dict[str, Any] = field(default_factory=dict)
    """`generation_config.json`."""

    @property
    def kind(self) -> str:
        """The family of the tokenizer in lower case: its class, else the model's type."""
        name = self.settings.get("tokenizer_class")
        if isinstance(name, str):
            stem = name.removesuffix("Fast").removesuffix("Tokenizer").lower()
            if stem not in ("", "pretrained", "tokenizersbackend"):
                return stem
        model_type = self.model.get("model_type")
        return model_type.lower() if isinstance(model_type, str) else ""

    def flag(self, name: str, default: bool) -> bool:
        """A setting of `tokenizer_config.json` that is true or false."""
        value = self.settings.get(name)
        return value if isinstance(value, bool) else default


def read_folder_facts(directory: Path) -> FolderFacts:
    """Read the JSON files beside a tokenizer; missing ones are empty.

    Raises:
        DataError: a file is no JSON object.
    """
    settings = _read_object(directory / "tokenizer_config.json")
    special_map = _read_object(directory / "special_tokens_map.json")
    names = {}
    for role in ROLES:
        key = f"{role}_token"
        spelling = _spelling(settings.get(key) if key in settings else special_map.get(key))
        if spelling is not None:
            names[role] = spelling
    extra = []
    for source in (settings, special_map):
        for key in ("additional_special_tokens", "extra_special_tokens"):
            value = source.get(key)
            items = value if isinstance(value, list) else []
            extra += [name for name in map(_spelling, items) if name is not None]
    return FolderFacts(
        settings=settings,
        model=_read_object(directory / "config.json"),
        names=names,
        extra=list(dict.fromkeys(extra)),
        added=_added_tokens(settings, _read_object(directory / "added_tokens.json")),
        generation=_read_object(directory / "generation_config.json"),
    )


def outside_ids(facts: FolderFacts, vocabulary: Mapping[str, int]) -> OutsideIds:
    """The ids of the special tokens: by name, else by the model's own configuration."""

    def of(role: str) -> int | None:
        spellings = [facts.names[role]] if role in facts.names else USUAL_SPELLINGS.get(role, ())
        named = [vocabulary[name] for name in spellings if name in vocabulary]
        found = named or _ids(facts.model.get(f"{role}_token_id"))
        return found[0] if found else None

    ends = {facts.names.get("eos")} & vocabulary.keys()
    eos = {vocabulary[name] for name in ends if name is not None}
    for source in (facts.generation, facts.model):
        found = _ids(source.get("eos_token_id"))
        if found:
            eos.update(found)
            break
    return OutsideIds(
        bos=of("bos"), eos=frozenset(eos), unk=of("unk"), pad=of("pad"), mask=of("mask")
    )


def _added_tokens(
    settings: Mapping[str, Any], by_spelling: Mapping[str, Any]
) -> dict[int, tuple[str, bool]]:
    """Tokens beside the vocabulary, from the newer field or the older file."""
    added: dict[int, tuple[str, bool]] = {}
    for spelling, token_id in by_spelling.items():
        if _is_id(token_id):
            added[token_id] = (spelling, False)
    decoder = settings.get("added_tokens_decoder")
    for key, value in decoder.items() if isinstance(decoder, dict) else ():
        name = _spelling(value)
        if name is not None and key.isascii() and key.isdigit():
            added[int(key)] = (name, isinstance(value, dict) and value.get("special") is True)
    return dict(sorted(added.items()))


def _spelling(value: Any) -> str | None:
    """A token as these files write one: a string, or an object with its content."""
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) and value else None


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _ids(value: Any) -> list[int]:
    """The ids in a field that holds one id or a list of them."""
    return [item for item in (value if isinstance(value, list) else [value]) if _is_id(item)]


def _read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty where there is no such file."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(
            t("cannot read this file as JSON"), where=str(path), why=str(error)
        ) from error
    if not isinstance(value, dict):
        raise DataError(t("expected a JSON object"), where=str(path))
    return value
