"""The form of families that nobody else's tools know: a Hugging Face folder with our own fields.

`config.json` holds `model_type = "yanmo_FAMILY"`, so that a reader which does not know it says so,
and the fields of the shape; weights keep their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.models.families.output_heads import drop_tied_head
from yanmo.models.shape import ModelShape

PREFIX = "yanmo_"


class NativeForm:
    """Reads and writes shapes of one class.

    Args:
        family: the family's name.
        shape: the class of its shapes.
    """

    def __init__(self, family: str, shape: type[ModelShape]) -> None:
        self.MODEL_TYPE = PREFIX + family
        self._shape = shape

    def to_hf_config(self, config: ModelShape) -> dict[str, Any]:
        """Fields of `config.json`."""
        return {"architectures": ["Yanmo"], "model_type": self.MODEL_TYPE} | config.model_dump(
            mode="json", exclude_none=True
        )

    def from_hf_config(self, fields: Mapping[str, Any]) -> ModelShape:
        """The shape that a `config.json` describes.

        Raises:
            pydantic.ValidationError: a field is missing or wrong.
        """
        known = {name: fields[name] for name in self._shape.model_fields if name in fields}
        return self._shape.model_validate(known)

    def to_hf_state(
        self, config: ModelShape, state: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Weights as they are, tied ones once."""
        return drop_tied_head(config, state)

    def from_hf_state(
        self, config: ModelShape, state: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Weights as they are."""
        return dict(state)
