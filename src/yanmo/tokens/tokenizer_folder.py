"""The files of a tokenizer, as `transformers` (4 and 5), vLLM and our own loader read them.

In: the text of `tokenizer.json`. Out: that file, `tokenizer_config.json` and
`chat_template.jinja`; or, when reading, a `tokenizers.Tokenizer`. Nothing outside
`tokenizer.json` changes how text is encoded.
"""

from __future__ import annotations

import json
from collections.abc import Container
from pathlib import Path
from typing import Any

import tokenizers

from yanmo.core.errors import DataError
from yanmo.core.files import write_atomically, write_json
from yanmo.core.messages import t
from yanmo.tokens.special import (
    CHAT_TEMPLATE,
    END_OF_TEXT,
    MASK,
    PAD,
    SEPARATOR,
    SPECIAL_TOKENS,
    sentinels_in,
)

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
# What `transformers` itself writes where a tokenizer has no longest sequence.
NO_MAX_LENGTH = int(1e30)


def write_tokenizer_folder(
    directory: Path, tokenizer_json: str, model_max_length: int | None
) -> None:
    """Write the three files into `directory`, which must exist."""
    write_atomically(directory / "tokenizer.json", tokenizer_json + "\n")
    added = [token["content"] for token in json.loads(tokenizer_json)["added_tokens"]]
    write_json(directory / "tokenizer_config.json", _tokenizer_config(added, model_max_length))
    write_atomically(directory / "chat_template.jinja", CHAT_TEMPLATE)


def read_tokenizer_json(directory: Path) -> tokenizers.Tokenizer:
    """Parse `tokenizer.json` in `directory`.

    Raises:
        DataError: the file is missing or damaged.
    """
    path = directory / "tokenizer.json"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataError(
            t("there is no tokenizer here"),
            where=str(path),
            hint=t("Name the folder of a trained tokenizer or model, or train one first."),
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from error
    try:
        return tokenizers.Tokenizer.from_str(text)
    except Exception as error:  # the library raises nothing more precise
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        t("cannot read this tokenizer"),
        where=str(path),
        why=str(error),
        hint=t("Restore the file, or train the tokenizer again if it is your own."),
    )


def _tokenizer_config(added: Container[str], model_max_length: int | None) -> dict[str, Any]:
    """What `AutoTokenizer` needs beside `tokenizer.json`."""
    named = (END_OF_TEXT, PAD, MASK, SEPARATOR)
    others = [token for token in SPECIAL_TOKENS if token not in named]
    return {
        # The name that both version 4 and version 5 of `transformers` understand.
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END_OF_TEXT,
        "eos_token": END_OF_TEXT,
        "pad_token": PAD,
        "mask_token": MASK,
        "sep_token": SEPARATOR,
        # Version 5 calls this list `extra_special_tokens` and reads the older name too; version 4
        # takes a table under the new name and fails on a list.
        "additional_special_tokens": [*others, *sentinels_in(added)],
        "model_max_length": NO_MAX_LENGTH if model_max_length is None else model_max_length,
        "clean_up_tokenization_spaces": False,
        # Also in chat_template.jinja; older readers look only here.
        "chat_template": CHAT_TEMPLATE,
    }
