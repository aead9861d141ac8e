"""yanmo: raw text in; out comes a language model that is trained, measured and ready to write.

The whole life in Python, imported only when it is used:

    yanmo.run("recipe.toml")                   # every stage, skipping what is up to date
    model = yanmo.load_model("runs/x/pretrain/model")
    tokenizer = yanmo.load_tokenizer("runs/x/pretrain/model")
    yanmo.generate(model, tokenizer, "Return the", max_new_tokens=40)
"""

from __future__ import annotations

from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yanmo.checkpoint.model_folder import load_model as load_model
    from yanmo.inference.generate import generate_text as generate
    from yanmo.pipeline.life import run as run
    from yanmo.tokens.text_codec import load_codec as load_tokenizer

__version__ = "0.1.0"
__all__ = ["__version__", "generate", "load_model", "load_tokenizer", "run"]

_WHERE = {
    "run": ("yanmo.pipeline.life", "run"),
    "load_model": ("yanmo.checkpoint.model_folder", "load_model"),
    "load_tokenizer": ("yanmo.tokens.text_codec", "load_codec"),
    "generate": ("yanmo.inference.generate", "generate_text"),
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'yanmo' has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return attrgetter(attribute)(import_module(module))
