"""Which layer of ours an adapter in a folder belongs to: the names of the model that transformers
builds from our folder of the base model, or of its class with the head where there is one.
"""

from __future__ import annotations

from typing import Any, cast

from torch import nn

from yanmo.models.families.module_names import hugging_face_layers
from yanmo.models.families.task_forms import TaskForm, task_form
from yanmo.models.language_model import LanguageModel
from yanmo.models.shape import ModelShape
from yanmo.models.task_model import TaskModel


class AdapterNames:
    """The layers of a model by our names and by those of the model in transformers."""

    def __init__(self, model: LanguageModel | TaskModel) -> None:
        is_task = isinstance(model, TaskModel)
        self.backbone: Any = model.backbone if isinstance(model, TaskModel) else model
        self.specs = model.specs if isinstance(model, TaskModel) else ()
        self.prefix = "backbone." if is_task else ""
        self.config = cast(ModelShape, self.backbone.config)
        self.form: TaskForm | None = task_form(self.config, self.specs)
        linear = [
            name
            for name, module in self.backbone.named_modules()
            if isinstance(module, nn.Linear) and "blocks." in name and ".experts." not in name
        ]
        theirs = hugging_face_layers(self.config, linear)
        self.theirs = {ours: self._in_form(name) for ours, name in theirs.items()}
        self.is_fused = self.config.family == "gpt2"

    def ours(self, theirs: str) -> list[str]:
        """Our layers that the layer `theirs` there is made of; none where there is no such."""
        return [ours for ours, name in self.theirs.items() if name == theirs]

    def _in_form(self, name: str) -> str:
        if self.form is None:
            return name
        old, new = self.form.body
        old = new if name.startswith(new) else old
        return new + name.removeprefix(old)
