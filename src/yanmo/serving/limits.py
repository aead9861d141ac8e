"""How much a prompt and its answer may be together."""

from __future__ import annotations

from yanmo.core.messages import t
from yanmo.serving.api_error import bad_request

TOO_LONG = "context_length_exceeded"


def room_for(num_prompt: int, wanted: int | None, context_tokens: int, param: str) -> int:
    """The longest answer to a prompt: what is wanted, and else all that there is room for.

    Args:
        num_prompt: tokens of the prompt.
        wanted: most tokens of the answer, where the client says so.
        context_tokens: of the model, prompt and answer together.
        param: the parameter that the prompt came in.

    Raises:
        ApiError: both together do not fit.
    """
    room = context_tokens - num_prompt
    if room < (1 if wanted is None else 0):
        message = t(
            "the prompt has {length:,} tokens, and the model reads {limit:,}",
            length=num_prompt,
            limit=context_tokens,
        )
        raise bad_request(message, param, TOO_LONG)
    if wanted is not None and wanted > room:
        message = t(
            "the prompt has {length:,} tokens and the answer may have {wanted:,}; together the"
            " model has room for {limit:,}",
            length=num_prompt,
            wanted=wanted,
            limit=context_tokens,
        )
        raise bad_request(message, param, TOO_LONG)
    return room if wanted is None else wanted
