"""How a request wants its text drawn, in the engine's terms.

In: the parameters of a request, and what the model folder says is usual. Out: `SamplingConfig` and
`Grammar`, or an `ApiError`. Knows no prompts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig
from yanmo.inference.engine.request import Grammar
from yanmo.serving.api_error import bad_request
from yanmo.serving.schemas.generation import GenerationRequest, StructuredOutputs
from yanmo.tokens.outside_specials import read_folder_facts

_SPECIAL_IN_REGEX = re.compile(r"[\\.+*?()|\[\]{}^$]")
_LARGEST = {"temperature": 100.0, "top_p": 1.0, "min_p": 1.0, "repetition_penalty": 100.0}


@dataclass(frozen=True)
class UsualSampling:
    """What holds where a request says nothing.

    Attributes:
        temperature: 1 unless the folder says otherwise, as everywhere in this interface.
        top_p: all tokens unless told.
        top_k: likewise.
        min_p: likewise.
        repetition_penalty: 1 has no effect.
    """

    temperature: float = 1.0
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float = 1.0


def usual_sampling(directory: Path) -> UsualSampling:
    """What `generation_config.json` says; a value that cannot be is not used.

    Raises:
        DataError: the file is no JSON object.
    """
    told = read_folder_facts(directory).generation
    found: dict[str, Any] = {}
    for name, largest in _LARGEST.items():
        value = told.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            continue
        if 0.0 <= value <= largest and (value > 0.0 or name == "temperature"):
            found[name] = float(value)
    top_k = told.get("top_k")
    if isinstance(top_k, int) and not isinstance(top_k, bool) and top_k > 0:
        found["top_k"] = top_k
    return UsualSampling(**found)


def sampling_of(
    request: GenerationRequest, usual: UsualSampling, max_new_tokens: int, vocab_size: int
) -> SamplingConfig:
    """The settings of the draw.

    Raises:
        ApiError: a bias is for a token that is not there.
    """

    def chosen(given: float | None, otherwise: Any) -> Any:
        return otherwise if given is None else given

    biases = {int(key): value for key, value in (request.logit_bias or {}).items()}
    beyond = [token for token in biases if token >= vocab_size]
    if beyond:
        raise bad_request(
            t("there is no token {id}; the vocabulary has {size}", id=beyond[0], size=vocab_size),
            "logit_bias",
        )
    top_k = chosen(request.top_k, usual.top_k)
    return SamplingConfig(
        max_new_tokens=max_new_tokens,
        temperature=chosen(request.temperature, usual.temperature),
        top_p=chosen(request.top_p, usual.top_p),
        top_k=min(top_k, vocab_size) if top_k is not None and top_k > 0 else None,
        min_p=chosen(request.min_p, usual.min_p),
        presence_penalty=request.presence_penalty,
        frequency_penalty=request.frequency_penalty,
        repetition_penalty=chosen(request.repetition_penalty, usual.repetition_penalty),
        logit_bias=biases,
        seed=request.seed,
        stop=request.stops,
    )


def grammar_of(request: GenerationRequest) -> Grammar | None:
    """What the text has to be, in whichever spelling it was asked for.

    Raises:
        ApiError: it is said twice, or a schema is no JSON.
    """
    found = [
        one
        for one in (
            _of_format(request),
            _of_structure(request.structured_outputs or StructuredOutputs()),
            _of_structure(
                StructuredOutputs.model_validate(
                    {
                        "json": request.guided_json,
                        "regex": request.guided_regex,
                        "choice": request.guided_choice,
                        "grammar": request.guided_grammar,
                    }
                )
            ),
        )
        if one is not None
    ]
    if len(found) > 1:
        raise _said_twice()
    return found[0] if found else None


def grammar_of_schema(schema: Mapping[str, Any]) -> Grammar:
    """Text that is JSON after `schema`."""
    return Grammar("json_schema", json.dumps(schema, ensure_ascii=False))


def _of_format(request: GenerationRequest) -> Grammar | None:
    wanted = request.response_format
    if wanted is None or wanted.type == "text":
        return None
    if wanted.type == "json_object":
        return grammar_of_schema({"type": "object"})
    if wanted.json_schema is None:
        raise bad_request(
            t("the type json_schema needs a schema: {form}", form='{"schema": {...}}'),
            "response_format.json_schema",
        )
    return grammar_of_schema(wanted.json_schema.json_schema)


def _of_structure(wanted: StructuredOutputs) -> Grammar | None:
    found: list[Grammar] = []
    if wanted.json_schema is not None:
        found.append(_of_json(wanted.json_schema))
    if wanted.regex is not None:
        found.append(Grammar("regex", wanted.regex))
    if wanted.choice is not None:
        words = (_SPECIAL_IN_REGEX.sub(r"\\\g<0>", word) for word in wanted.choice)
        found.append(Grammar("regex", "|".join(f"({word})" for word in words)))
    if wanted.grammar is not None:
        found.append(Grammar("lark", wanted.grammar))
    if len(found) > 1:
        raise _said_twice()
    return found[0] if found else None


def _of_json(schema: dict[str, Any] | str) -> Grammar:
    if isinstance(schema, str):
        try:
            schema = json.loads(schema)
        except (ValueError, RecursionError) as error:
            raise bad_request(t("the schema is not JSON"), "structured_outputs.json") from error
    if not isinstance(schema, dict):
        raise bad_request(t("the schema is no JSON object"), "structured_outputs.json")
    return grammar_of_schema(schema)


def _said_twice() -> Exception:
    return bad_request(
        t("what the text has to be is said more than once; leave one"), "structured_outputs"
    )
