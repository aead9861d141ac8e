"""A model under a name: what it can do, and who does it.

In: the parts that `open_models` has opened. Out: whatever a route needs of a model, or an
`ApiError` that says what the model is instead. Knows nothing of HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from yanmo.core.messages import listed, t
from yanmo.inference.embed import TextEmbedder
from yanmo.inference.embed_config import EmbedConfig
from yanmo.inference.predict import TaskPredictor
from yanmo.serving.api_error import ApiError, bad_request, no_such_model, not_ready
from yanmo.serving.following import Door
from yanmo.serving.sampling_of import UsualSampling
from yanmo.serving.worker import Worker
from yanmo.tokens.chat import ChatEncoder
from yanmo.tokens.text_codec import TextCodec

ModelKind = Literal["causal", "seq2seq", "masked", "task"]
HeadKind = Literal["classification", "regression", "tagging", "spans"]
_ROUTES: Mapping[HeadKind, str] = {
    "classification": "/v1/classify",
    "regression": "/v1/classify",
    "tagging": "/v1/entities",
    "spans": "/v1/answers",
}


@dataclass
class ServedModel:
    """A model that is open.

    Attributes:
        name: under which it is asked for.
        kind: what it is: a decoder, an encoder-decoder, an encoder, or a model with heads.
        codec: its tokenizer.
        context_tokens: longest text, in tokens.
        worker: does what the engine does not.
        usual: how text is drawn unless a request says otherwise.
        door: to the engine of a decoder.
        chat: the encoder of its chat template; None where there is none.
        no_chat: why not.
        turn_end_ids: tokens that end the assistant's turns.
        load_network: opens the model as a network, for vectors and for encoder-decoders.
        predictors: of a model with heads, by their names.
        about: who computes, for people.
    """

    name: str
    kind: ModelKind
    codec: TextCodec
    context_tokens: int
    worker: Worker
    usual: UsualSampling = field(default_factory=UsualSampling)
    door: Door | None = None
    chat: ChatEncoder | None = None
    no_chat: str = ""
    turn_end_ids: frozenset[int] = frozenset()
    load_network: Callable[[], Any] = field(default=lambda: None)
    predictors: dict[str, TaskPredictor] = field(default_factory=dict)
    about: str = ""
    created: int = field(default_factory=lambda: int(time.time()))

    @cached_property
    def network(self) -> Any:
        """The model as a network; opened when it is first needed, in the worker's thread."""
        return self.load_network()

    @cached_property
    def embedder(self) -> TextEmbedder:
        """Makes vectors of length one, the mean over a text's tokens."""
        return TextEmbedder(self.network, self.codec, EmbedConfig(normalize=True))

    def told(self) -> dict[str, Any]:
        """The model as `/v1/models` lists it."""
        return {
            "id": self.name,
            "object": "model",
            "created": self.created,
            "owned_by": "yanmo",
            "max_model_len": self.context_tokens,
            "kind": self.kind,
        }

    def need_door(self) -> Door:
        """The way to the engine.

        Raises:
            ApiError: the model continues no texts.
        """
        if self.door is None:
            raise self._cannot(t("continue texts"))
        return self.door

    def need_chat(self) -> ChatEncoder:
        """The encoder of the chat template.

        Raises:
            ApiError: there is none.
        """
        if self.chat is None:
            raise bad_request(
                t(
                    "{why} Ask /v1/completions instead, or serve a folder with a template.",
                    why=self.no_chat,
                ),
                "model",
                "no_chat_template",
            )
        return self.chat

    def need_embedder(self) -> None:
        """Raises ApiError where the model makes no vectors."""
        if self.kind == "task":
            raise self._cannot(t("make vectors"))

    def predictor(self, kinds: tuple[HeadKind, ...], head: str | None) -> TaskPredictor:
        """The head that is asked for, or the first that does what is wanted.

        Raises:
            ApiError: there is none.
        """
        if head is not None and head not in self.predictors:
            names = listed(self.predictors)
            raise bad_request(
                t(
                    "the model has no head '{name}'; there are: {names}",
                    name=head[:200],
                    names=names,
                ),
                "head",
            )
        for name, predictor in self.predictors.items():
            if head in (None, name) and predictor.spec.kind in kinds:
                return predictor
        raise self._cannot(t("answer this kind of question"))

    def close(self) -> None:
        """End what runs."""
        if self.door is not None:
            self.door.close()
        self.worker.close()

    def _cannot(self, what: str) -> ApiError:
        routes = {
            "causal": ["/v1/completions", "/v1/embeddings"],
            "seq2seq": ["/v1/completions", "/v1/embeddings"],
            "masked": ["/v1/embeddings"],
            "task": sorted({_ROUTES[one.spec.kind] for one in self.predictors.values()}),
        }[self.kind]
        message = t(
            "the model '{name}' cannot {what}; it answers under {routes}",
            name=self.name,
            what=what,
            routes=listed(routes),
        )
        return bad_request(message, "model", "wrong_kind_of_model")


class ServedModels:
    """The models of a server, by name; empty until they are open.

    Attributes:
        state: what the server is doing.
    """

    def __init__(self) -> None:
        self.state: Literal["loading", "ready", "draining"] = "loading"
        self._by_name: dict[str, ServedModel] = {}

    def open(self, models: list[ServedModel]) -> None:
        """From now on these are served."""
        self._by_name = {model.name: model for model in models}
        if self.state == "loading":
            self.state = "ready"

    def all(self) -> list[ServedModel]:
        """All of them."""
        return list(self._by_name.values())

    def get(self, name: str | None) -> ServedModel:
        """The model of that name; the only one where a request names none.

        Raises:
            ApiError: there is none, or models are not open yet, or no longer.
        """
        if self.state != "ready":
            raise not_ready(self.why_not_ready())
        if name is None:
            if len(self._by_name) == 1:
                return next(iter(self._by_name.values()))
            known = listed(self._by_name)
            raise bad_request(t("name one of the models: {names}", names=known), "model")
        if name not in self._by_name:
            raise no_such_model(name, list(self._by_name))
        return self._by_name[name]

    def why_not_ready(self) -> str:
        """What the server is doing, for people."""
        if self.state == "draining":
            return t("the server is about to end and takes no more requests")
        return t("the models are being loaded")

    def close(self) -> None:
        """End what runs."""
        for model in self._by_name.values():
            model.close()
