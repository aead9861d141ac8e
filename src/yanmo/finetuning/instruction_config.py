"""The numbers of learning from conversations. Loaded by every command, therefore free of torch."""

from __future__ import annotations

from typing import Literal

from yanmo.core.config import Config

TooLong = Literal["turns", "end", "drop"]
Learned = Literal["all", "last"]


class InstructionConfig(Config):
    """Learning the assistant's turns of conversations (Ouyang et al. 2022, supervised part)."""

    learned: Learned = "all"
    """Learn every turn of the assistant, or the last one of each conversation."""
    too_long: TooLong = "turns"
    """What becomes of a conversation that does not fit in: `turns` leaves out its earliest turns
    (never the system's), and the conversation where its last question and answer do not fit; `end`
    does the same, but cuts the last answer instead; `drop` leaves the conversation out. All of it
    is counted."""
