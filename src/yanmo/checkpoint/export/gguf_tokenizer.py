"""A tokenizer's files as the keys that llama.cpp reads from a GGUF file.

In: the tokenizer's files in a model folder, and the number of rows of the embedding. Out: keys and
values. llama.cpp knows a fixed set of ways to split text before merging, each by a name: a
tokenizer that splits in another way is refused, since it would give other tokens without a word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any

from yanmo.core.errors import CheckpointError, ConfigError
from yanmo.core.messages import t

QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How Qwen2 splits text, and how our own tokenizers do."""
SPLITS = {
    QWEN2_PATTERN: "qwen2",
    QWEN2_PATTERN.replace(r"|\p{N}|", r"|\p{N}{1,3}|"): "llama-bpe",
}
"""llama.cpp's names for the patterns that text is split by."""

Keys = dict[str, Any]


class TokenType(IntEnum):
    """What kind of entry a token is, in llama.cpp's numbers."""

    NORMAL = 1
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5


def tokenizer_keys(folder: Path, num_rows: int) -> Keys:
    """The `tokenizer.*` keys for the tokenizer in `folder`.

    Args:
        num_rows: rows of the model's embedding; rows that no token has become unused entries.

    Raises:
        CheckpointError: a file is missing or damaged, or there are more tokens than rows.
        ConfigError: llama.cpp has no tokenizer of this kind.
    """
    tokenizer = _read_object(folder / "tokenizer.json", is_needed=True)
    settings = _read_object(folder / "tokenizer_config.json")
    try:
        keys = _keys(folder, tokenizer, settings, num_rows)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise CheckpointError(
            t("this tokenizer cannot be exported"),
            where=str(folder / "tokenizer.json"),
            why=f"{type(error).__name__}: {error}",
        ) from error
    return {f"tokenizer.{key}": value for key, value in keys.items()}


def _keys(
    folder: Path, tokenizer: Mapping[str, Any], settings: Mapping[str, Any], num_rows: int
) -> Keys:
    split = _name_of_split(tokenizer)
    tokens, types = _entries(folder, tokenizer, num_rows)
    ids = _special_ids(folder, settings, {text: id for id, text in enumerate(tokens)})
    keys: Keys = {
        "model": "gpt2",  # llama.cpp's name for byte-level BPE
        "pre": split,
        "tokens": tokens,
        "token_type": types,
        "merges": [_merge_line(pair) for pair in tokenizer["model"]["merges"]],
        **ids,
        "add_bos_token": _begins_with(tokenizer, settings, ids.get("bos_token_id")),
        "add_eos_token": False,
    }
    template = _chat_template(folder, settings)
    named = {f"ggml.{key}": value for key, value in keys.items()}
    return named | ({"chat_template": template} if template else {})


def _read_object(path: Path, *, is_needed: bool = False) -> dict[str, Any]:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if not is_needed:
            return {}
        raise CheckpointError(
            t("this model folder has no tokenizer"),
            where=str(path),
            hint=t("Copy tokenizer.json and tokenizer_config.json into the folder."),
        ) from error
    except (OSError, ValueError) as error:
        raise CheckpointError(
            t("cannot read this file as JSON"), where=str(path), why=str(error)
        ) from error
    if not isinstance(fields, dict):
        raise CheckpointError(t("expected a JSON object"), where=str(path))
    return fields


def _name_of_split(tokenizer: Mapping[str, Any]) -> str:
    """llama.cpp's name for the way in which a tokenizer splits text.

    Raises:
        ConfigError: it has none.
    """
    kind = tokenizer["model"]["type"]
    normalizer = (tokenizer.get("normalizer") or {}).get("type")
    splitter = tokenizer.get("pre_tokenizer") or {}
    steps = splitter.get("pretokenizers", [splitter])
    # NFC, which Qwen2 names, is left to the text in llama.cpp too.
    if kind == "BPE" and normalizer in (None, "NFC") and steps[-1].get("type") == "ByteLevel":
        if len(steps) == 1 and steps[0].get("use_regex", True):
            return "gpt-2"
        if len(steps) == 2 and steps[0].get("type") == "Split" and not steps[1].get("use_regex"):
            pattern = steps[0]["pattern"].get("Regex")
            if pattern in SPLITS:
                return SPLITS[pattern]
    raise ConfigError(
        t("llama.cpp knows no tokenizer that splits text like this one"),
        where="tokenizer.json",
        hint=t("Tokenizers that yanmo trained can be exported."),
    )


def _entries(
    folder: Path, tokenizer: Mapping[str, Any], num_rows: int
) -> tuple[list[str], list[int]]:
    """Text and kind of every id, the rows without a token included."""
    spellings = {int(id): str(text) for text, id in tokenizer["model"]["vocab"].items()}
    types = dict.fromkeys(spellings, TokenType.NORMAL)
    for token in tokenizer.get("added_tokens", []):
        spellings[token["id"]] = token["content"]
        types[token["id"]] = TokenType.CONTROL if token["special"] else TokenType.USER_DEFINED
    if max(spellings) >= num_rows:
        raise CheckpointError(
            t(
                "the tokenizer has {tokens} entries, the embedding {rows} rows",
                tokens=max(spellings) + 1,
                rows=num_rows,
            ),
            where=str(folder),
        )
    tokens = [spellings.get(id, f"[PAD{id}]") for id in range(num_rows)]
    return tokens, [int(types.get(id, TokenType.UNUSED)) for id in range(num_rows)]


def _merge_line(pair: str | list[str]) -> str:
    return pair if isinstance(pair, str) else " ".join(pair)


def _special_ids(folder: Path, settings: Mapping[str, Any], id_of: Mapping[str, int]) -> Keys:
    """Ids of the tokens that begin, end, fill and hide, where the folder names them."""
    ids: Keys = {}
    for role, key in (
        ("bos", "bos_token_id"),
        ("eos", "eos_token_id"),
        ("pad", "padding_token_id"),
        ("mask", "mask_token_id"),
    ):
        token = settings.get(f"{role}_token")
        text = token.get("content") if isinstance(token, dict) else token
        if isinstance(text, str) and text in id_of:
            ids[key] = id_of[text]
    config = _read_object(folder / "config.json") | _read_object(folder / "generation_config.json")
    for role in ("bos", "eos", "pad"):
        value = config.get(f"{role}_token_id")
        choices = [value] if isinstance(value, int) else value
        if isinstance(choices, list) and choices and all(isinstance(id, int) for id in choices):
            ids["padding_token_id" if role == "pad" else f"{role}_token_id"] = choices[0]
            if role == "eos" and len(choices) > 1:
                ids["eot_token_id"] = choices[1]
    return ids


def _begins_with(
    tokenizer: Mapping[str, Any], settings: Mapping[str, Any], bos_id: int | None
) -> bool:
    """Whether a text is given the beginning token, as in the documents of the training."""
    if bos_id is None:
        return False
    processor = tokenizer.get("post_processor") or {}
    for step in processor.get("processors", [processor]):
        if step.get("type") == "TemplateProcessing":
            first = step["single"][0].get("SpecialToken", {}).get("id")
            return first is not None and step["special_tokens"][first]["ids"] == [bos_id]
    return bool(settings.get("add_bos_token", False))


def _chat_template(folder: Path, settings: Mapping[str, Any]) -> str | None:
    """The chat template. The marks of what the assistant wrote, which only training reads, become
    conditions that always hold: plain Jinja does not know them and would refuse the template."""
    path = folder / "chat_template.jinja"
    template = path.read_text(encoding="utf-8") if path.is_file() else settings.get("chat_template")
    if not isinstance(template, str):
        return None
    opened = re.sub(r"\{%([-+]?)\s*generation\s*([-+]?)%\}", r"{%\1 if true \2%}", template)
    return re.sub(r"\{%([-+]?)\s*endgeneration\s*([-+]?)%\}", r"{%\1 endif \2%}", opened)
