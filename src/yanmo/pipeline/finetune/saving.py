"""Adapters on a model before it learns, and the folders that are written afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from yanmo.checkpoint.adapter_folder import save_adapter
from yanmo.checkpoint.model_folder import list_model_files, save_model_folder
from yanmo.checkpoint.task_folder import save_task_folder
from yanmo.finetuning.lora import apply_lora, merge_lora
from yanmo.finetuning.lora_config import LoRAConfig
from yanmo.models.language_model import LanguageModel
from yanmo.models.task_model import TaskModel
from yanmo.pipeline.finetune.begin import Beginning
from yanmo.pipeline.finetune.section import FinetuneSection

ADAPTER_FOLDER = "adapter"


def adapt(model: LanguageModel | TaskModel, section: FinetuneSection) -> None:
    """Put small matrices beside the model's where the section asks for them, and freeze the rest.

    Raises:
        ConfigError: the model has no such matrices.
    """
    if section.method == "lora":
        apply_lora(model, section.lora or LoRAConfig(), seed=section.seed)


@dataclass(frozen=True)
class ModelSaver:
    """Writes the model to a folder; what LoRA has learned goes to `adapter/` beside it, and is
    merged into the model."""

    model: LanguageModel | TaskModel
    section: FinetuneSection
    beginning: Beginning

    def __call__(self, directory: Path) -> list[Path]:
        """Write `directory`; give all files written.

        Raises:
            RunError: the disk is full or cannot be written.
        """
        model, beginning = self.model, self.beginning
        files: list[Path] = []
        if self.section.method == "lora":
            base = None if beginning.folder is None else str(beginning.folder)
            files += save_adapter(model, directory.with_name(ADAPTER_FOLDER), base=base)
            merge_lora(model)
        if isinstance(model, TaskModel):
            save_task_folder(
                model,
                directory,
                save_tokenizer=beginning.save_tokenizer,
                special_ids=beginning.special_ids,
            )
        else:
            save_model_folder(
                model,
                directory,
                save_tokenizer=beginning.save_tokenizer,
                special_ids=beginning.special_ids,
            )
        return [*files, *list_model_files(directory)]
