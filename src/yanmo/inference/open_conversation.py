"""A model folder opened for a conversation, by its template where it was made for one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from yanmo.core.errors import DataError
from yanmo.core.manifest import read_manifest
from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig
from yanmo.inference.conversation import Conversation
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.open import open_engine
from yanmo.tokens.chat import ChatEncoder, load_chat
from yanmo.tokens.text_codec import TextCodec, load_codec


@dataclass(frozen=True)
class OpenedConversation:
    """A conversation, and what is to be told before it begins.

    Attributes:
        conversation: nothing is said yet.
        about: who computes.
        notice: what the person ought to know of this model; None for nothing.
    """

    conversation: Conversation
    about: str
    notice: str | None


def open_conversation(
    directory: Path,
    sampling: SamplingConfig,
    config: EngineConfig,
    device: str,
    *,
    is_plain: bool,
) -> OpenedConversation:
    """Open the model in `directory`.

    Args:
        is_plain: use no template, whatever the folder has.

    Raises:
        ConfigError, CheckpointError, DataError: it cannot be opened, or writes no text.
    """
    engine = open_engine(directory, config, device)
    codec = load_codec(directory)
    chat = None if is_plain else _template_of(directory, codec)
    notice = None
    if chat is None and not is_plain:
        notice = t("This model was not made for conversations: it goes on with what you write.")
    conversation = Conversation(engine, codec, chat, sampling)
    return OpenedConversation(conversation, engine.about, notice)


def _template_of(directory: Path, codec: TextCodec) -> ChatEncoder | None:
    """The template of a folder; None where there is none, or where all that the model has seen is
    plain text, for which our own folders carry a template too."""
    manifest = read_manifest(directory.resolve().parent)
    if manifest is not None and manifest.stage == "pretrain":
        return None
    try:
        return load_chat(directory, codec)
    except DataError:
        return None
