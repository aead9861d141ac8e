"""Soft prompts as folders that PEFT reads and writes: `adapter_config.json` and the vectors in
`adapter_model.safetensors`.

In PEFT the vectors of the prompt stand before the embeddings of every row, as here its ids stand
before those of every row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from yanmo.checkpoint.model_folder import read_json_object, write_folder
from yanmo.checkpoint.tensor_file import load_tensors, tensors_to_bytes
from yanmo.core.errors import CheckpointError
from yanmo.core.files import write_atomically, write_json
from yanmo.core.messages import t
from yanmo.models.language_model import LanguageModel
from yanmo.nn.soft_prompt import PromptedEmbedding

CONFIG_NAME = "adapter_config.json"
WEIGHTS_NAME = "adapter_model.safetensors"
VECTORS = "prompt_embeddings"
_TASK_TYPES = {"causal": "CAUSAL_LM", "seq2seq": "SEQ_2_SEQ_LM"}


def save_prompt(model: LanguageModel, directory: Path, *, base: str | None = None) -> list[Path]:
    """Write the prompt of `model` to `directory`; return the files written.

    Args:
        model: with a prompt.
        base: where the model lies that the prompt belongs to, for those who read the folder.

    Raises:
        RunError: the disk is full or cannot be written; a folder that was there is untouched.
    """
    embedding = model.embed
    assert isinstance(embedding, PromptedEmbedding), "a model without a prompt has none to store"
    shape: Any = model.config
    config = {
        "peft_type": "PROMPT_TUNING",
        "task_type": _TASK_TYPES.get(model.kind),
        "base_model_name_or_path": base,
        "inference_mode": True,
        "num_virtual_tokens": len(embedding.prompt),
        "token_dim": embedding.embedding_dim,
        "num_transformer_submodules": 1,
        "num_layers": shape.num_layers,
        "num_attention_heads": getattr(shape, "num_heads", None),
        "prompt_tuning_init": "RANDOM",
    }

    def write(temporary: Path) -> None:
        write_json(temporary / CONFIG_NAME, config)
        content = tensors_to_bytes({VECTORS: embedding.prompt.float()})
        write_atomically(temporary / WEIGHTS_NAME, content)

    return write_folder(directory, write)


def load_prompt(directory: Path | str, model: LanguageModel) -> tuple[int, ...]:
    """Give `model` the prompt in `directory`, ours or one that PEFT wrote, in place.

    Returns:
        The ids that every row begins with.

    Raises:
        CheckpointError: a file is missing or damaged, or does not fit the model.
    """
    directory = Path(directory)
    kind = read_json_object(directory / CONFIG_NAME).get("peft_type")
    if kind != "PROMPT_TUNING":
        raise CheckpointError(
            t("an adapter of kind {kind} is not known", kind=repr(kind)),
            where=str(directory / CONFIG_NAME),
            hint=t("Known kinds: {names}.", names="PROMPT_TUNING"),
        )
    state = load_tensors(directory / WEIGHTS_NAME)
    vectors = state.get(VECTORS, torch.empty(0))
    width = model.embed.embedding_dim
    if set(state) != {VECTORS} or vectors.ndim != 2 or vectors.shape[1] != width:
        found = ", ".join(f"{name} {tuple(each.shape)}" for name, each in state.items())
        raise CheckpointError(
            t("the adapter does not fit the model"),
            where=str(directory / WEIGHTS_NAME),
            why=f"{found}; {VECTORS} (P, {width})",
        )
    embedding = PromptedEmbedding(model.embed, len(vectors))
    with torch.no_grad():
        embedding.prompt.copy_(vectors)
    model.embed = embedding
    return embedding.prompt_ids
