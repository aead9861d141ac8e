"""The page Tokenizer: a text in coloured tokens, a vocabulary to search, and what a token costs.

In: requests of the page. Out: JSON. Tokenizers lie in folders of runs and models below the folder
of runs; the texts that are typed are kept nowhere.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from yanmo.core.config import Config
from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.studio.folders import find_inside
from yanmo.studio.settings import StudioSettings
from yanmo.studio.token_samples import count_by_language, sample_texts
from yanmo.studio.tokenizer_shelf import OpenTokenizer, TokenizerShelf
from yanmo.tokens.token_view import ShownToken, view_tokens
from yanmo.tokens.vocabulary import Merge

MAX_CHARACTERS = 50_000
MAX_ENTRIES = 200


class EncodeRequest(Config):
    """A text to be cut into tokens."""

    tokenizer: str
    """Its folder, seen from the folder of runs."""
    text: str = Field(max_length=MAX_CHARACTERS)
    """Any text."""
    has_specials: bool = False
    """Show what the model's convention puts around a text."""


def router_of(settings: StudioSettings) -> APIRouter:
    """The page's part of the API."""
    router = APIRouter(prefix="/api/tokenizer", tags=["tokenizer"])
    shelf = TokenizerShelf(settings)

    @router.get("")
    def tokenizers() -> dict[str, Any]:
        """The folders with a tokenizer."""
        return {"tokenizers": shelf.listed(), "max_characters": MAX_CHARACTERS}

    @router.get("/facts")
    def facts(tokenizer: str) -> dict[str, Any]:
        """What one tokenizer is."""
        return _facts(shelf.opened(tokenizer))

    @router.post("/encode")
    def encode(request: EncodeRequest) -> dict[str, Any]:
        """A text in groups of tokens."""
        codec = shelf.opened(request.tokenizer).codec
        view = view_tokens(codec, request.text, with_specials=request.has_specials)
        return {
            "groups": [
                {
                    "text": view.text[group.start : group.end],
                    "tokens": [_shown(token) for token in group.tokens],
                }
                for group in view.groups
            ],
            "num_tokens": view.num_tokens,
            "characters": len(view.text),
            "bytes": len(view.text.encode("utf-8", "replace")),
        }

    @router.get("/samples")
    def samples(run: str, tokenizer: Annotated[list[str], Query(max_length=2)]) -> dict[str, Any]:
        """Characters and bytes for each token on the held-out text of a run, by language."""
        opened = [shelf.opened(path) for path in tokenizer]
        corpus_dir = find_inside(settings.runs, run) / "corpus"
        return {"languages": count_by_language(opened, sample_texts(corpus_dir))}

    @router.get("/vocabulary")
    def vocabulary(
        tokenizer: str,
        text: Annotated[str, Query(max_length=200)] = "",
        start: Annotated[int, Query(ge=0)] = 0,
        is_special: bool = False,
    ) -> dict[str, Any]:
        """Entries of the vocabulary that hold a text."""
        found = shelf.opened(tokenizer).vocabulary.search(text, only_special=is_special)
        entries = [_shown(entry) for entry in found[start : start + MAX_ENTRIES]]
        return {"entries": entries, "total": len(found)}

    @router.get("/merges")
    def merges(tokenizer: str, token: int) -> dict[str, Any]:
        """How a token came to be."""
        words = shelf.opened(tokenizer).vocabulary
        if not 0 <= token < len(words):
            raise DataError(
                t(
                    "token id {id} is not in the vocabulary of {size} entries",
                    id=token,
                    size=len(words),
                )
            )
        trees = words.merges_of(token)
        return {
            "token": _shown(words.entry(token)),
            "algorithm": words.algorithm,
            "trees": None if trees is None else [_tree(tree) for tree in trees],
        }

    return router


def _facts(opened: OpenTokenizer) -> dict[str, Any]:
    codec = opened.codec
    words = opened.vocabulary
    return {
        "path": opened.path,
        "algorithm": words.algorithm,
        "vocab_size": codec.vocab_size,
        "num_specials": sum(codec.is_special(id) for id in range(codec.vocab_size)),
        "before": [_shown(words.entry(id)) for id in codec.beginning_ids],
        "behind": [_shown(words.entry(id)) for id in codec.ending_ids],
    }


def _shown(token: ShownToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "spelling": token.spelling,
        "bytes": None if token.data is None else token.data.hex(" ").upper(),
        "is_special": token.is_special,
    }


def _tree(merge: Merge) -> dict[str, Any]:
    return {
        "piece": merge.piece,
        "id": merge.id,
        "rank": merge.rank,
        "parts": [_tree(part) for part in merge.parts],
    }
