"""Tuning a causal model on conversations: instructions, and pairs told as question and answer.

In: a task with its examples and a model to begin from. Out: a `Plan`. Before training begins, one
example is shown with what is learned of it marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yanmo.core.messages import t
from yanmo.finetuning.chat_rows import fit_chat
from yanmo.finetuning.instruction_config import InstructionConfig
from yanmo.finetuning.instructions import InstructionObjective, build_instruction_rows
from yanmo.finetuning.mask_view import mask_text
from yanmo.inference.write_chat import write_answers
from yanmo.models.language_model import LanguageModel
from yanmo.pipeline.finetune.begin import Beginning, require_language_model
from yanmo.pipeline.finetune.plan import Plan, TaskData
from yanmo.pipeline.finetune.predictions import figures_of
from yanmo.pipeline.finetune.saving import adapt
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.finetune.writer_plan import plan_writer
from yanmo.pipeline.finetune.writing import writing_config
from yanmo.tasks.example import ConversationExample, Example, PairExample, Turn
from yanmo.tasks.metrics.of_kind import metrics_of
from yanmo.tokens.chat import ChatEncoder, load_chat, own_chat
from yanmo.tokens.tokenizer import Tokenizer


def plan_chats(
    section: FinetuneSection, data: TaskData, beginning: Beginning, *, has_colour: bool
) -> Plan:
    """Rows of conversations for a model that reads from left to right.

    Raises:
        ConfigError: the model is of another kind.
        DataError: the model has no chat template, or no conversation fits in.
    """
    model = require_language_model(beginning.model, "causal")
    adapt(model, section)
    chat = chat_of(beginning)
    config = section.instructions or InstructionConfig()
    longest = section.length.max_tokens or model.config.max_seq_len
    train, validation = (
        build_instruction_rows(
            chat,
            [as_conversation(example) for example in examples],
            longest,
            config,
            is_packed=section.packing,
        )
        for examples in (data.train, data.validation)
    )
    notes = [*train.counts.notes(longest)]
    shown = next(
        (
            fitted
            for example in data.train
            if (
                fitted := fit_chat(
                    chat,
                    as_conversation(example).turns,
                    longest,
                    too_long=config.too_long,
                    learned=config.learned,
                )
            )
            is not None
        ),
        None,
    )
    if shown is not None:
        shown_text = mask_text(shown, has_colour=has_colour)
        notes += [t("one example, what is learned of it marked:"), shown_text]
    return plan_writer(
        model,
        section,
        beginning,
        data,
        (train, validation),
        InstructionObjective(beginning.codec.pad_id or 0),
        measure=_measuring(model, beginning, chat, section, data),
        notes=notes,
        settings=[section.packing],
    )


def chat_of(beginning: Beginning) -> ChatEncoder:
    """The chat template of a model: that of its folder, or ours where it begins from scratch."""
    if isinstance(beginning.codec, Tokenizer):
        return own_chat(beginning.codec)
    assert beginning.folder is not None, "a tokenizer that is not ours came from a folder"
    return load_chat(beginning.folder, beginning.codec)


def as_conversation(example: Example) -> ConversationExample:
    """An example as a conversation: a source is asked, its target answered."""
    if isinstance(example, PairExample):
        answer = (Turn("assistant", example.targets[0]),) if example.targets else ()
        return ConversationExample(example.id, (Turn("user", example.source), *answer))
    assert isinstance(example, ConversationExample), f"no conversation: {type(example).__name__}"
    return example


def asked_turns(example: Example) -> Sequence[Turn]:
    """The turns up to the last answer, which is to be written."""
    turns = as_conversation(example).turns
    return turns[:-1] if turns and turns[-1].role == "assistant" else turns


def _measuring(
    model: LanguageModel,
    beginning: Beginning,
    chat: ChatEncoder,
    section: FinetuneSection,
    data: TaskData,
) -> _Measuring | None:
    """None for conversations, unless it is said on how many: answers are long, and what is written
    is rarely what was expected word by word. The validation loss decides then."""
    if data.task.kind == "conversations" and section.max_validation_examples is None:
        return None
    return _Measuring(model, beginning, chat, section, data)


@dataclass(frozen=True)
class _Measuring:
    """The metrics of the task on its validation examples, written greedily."""

    model: LanguageModel
    beginning: Beginning
    chat: ChatEncoder
    section: FinetuneSection
    data: TaskData

    def __call__(self) -> Mapping[str, float]:
        task = self.data.task
        examples = self.data.validation[: self.section.max_validation_examples]
        written = write_answers(
            self.model,
            self.beginning.codec,
            self.chat,
            [asked_turns(example) for example in examples],
            writing_config(self.model, self.section.evaluate.max_new_tokens, num_beams=1),
        )
        return figures_of(metrics_of(task.kind, task.target_language), examples, written)
