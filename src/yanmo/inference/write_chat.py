"""What the assistant says next in conversations, in batches, by the model's own chat template.

In: conversations that wait for an answer. Out: the answers as text. An answer ends where the
template ends the turns of the assistant, or where the tokenizer ends texts.
"""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.core.conversation_forms import Turn
from yanmo.inference.writing import write_ids
from yanmo.inference.writing_config import WritingConfig
from yanmo.models.language_model import LanguageModel
from yanmo.tokens.chat import ChatEncoder
from yanmo.tokens.text_codec import TextCodec


def write_answers(
    model: LanguageModel,
    codec: TextCodec,
    chat: ChatEncoder,
    conversations: Sequence[Sequence[Turn]],
    config: WritingConfig | None = None,
) -> list[str]:
    """An answer to each conversation.

    Args:
        model: causal, in evaluation mode.
        codec: its tokenizer.
        chat: the encoder of its template.
        conversations: turns in their order, the last one not by the assistant.

    Raises:
        DataError: the template refuses a conversation.
    """
    prompts = [chat.prompt(turns) for turns in conversations]
    found = write_ids(
        model,
        prompts,
        config or WritingConfig(),
        stop_ids=codec.eos_ids | chat.turn_end_ids,
        vocab_size=codec.vocab_size,
    )
    return [codec.decode(written.ids).strip() for written in found]
