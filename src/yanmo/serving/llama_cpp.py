"""llama.cpp as the engine: a model folder is exported to GGUF, and what it writes comes as events.

In: the same requests as to our own engine. Out: the same events. One request at a time; of what can
be asked, log-probabilities and grammars are refused, since llama.cpp tells and takes other ones.
`llama-cpp-python` is needed, and nothing else imports it.
"""

from __future__ import annotations

import importlib
import queue
import tempfile
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from yanmo.checkpoint.export.gguf import GgufType, export_gguf
from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import t
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.request import (
    ChoiceEvent,
    EngineCounts,
    EngineEvent,
    EngineRequest,
    FinishReason,
    PromptEvent,
    ScoredToken,
)
from yanmo.inference.stop_strings import StopStrings
from yanmo.tokens.text_codec import TextCodec

Deliver = Callable[[EngineEvent], None]
_DTYPES: dict[str, GgufType] = {"int8": "q8_0", "own": "f16", "float32": "f32", "bfloat16": "f16"}


class LlamaCppThread:
    """llama.cpp in a thread of its own.

    Args:
        folder: of the model.
        codec: its tokenizer.
        config: of the engine; slots beyond one have no effect here and are not used.

    Raises:
        ConfigError: llama-cpp-python is not installed, or the model has no form in GGUF.
    """

    def __init__(self, folder: Path, codec: TextCodec, config: EngineConfig) -> None:
        llama_cpp = _load_package()
        if config.weights not in _DTYPES:
            raise ConfigError(
                t("llama.cpp is not handed weights as {weights}", weights=config.weights),
                where="--weights",
                hint="int8, bfloat16, float32, own",
            )
        self._codec = codec
        self._folder = tempfile.TemporaryDirectory(prefix="yanmo-gguf-")
        file = Path(self._folder.name) / "model.gguf"
        export_gguf(folder, file, _DTYPES[config.weights])
        self._llama: Any = llama_cpp.Llama(
            str(file),
            n_ctx=config.slot_tokens or 0,
            n_threads=config.num_threads,
            verbose=False,
        )
        self.context_tokens = int(self._llama.n_ctx())
        self._counts = EngineCounts(num_slots=1, cache_tokens=self.context_tokens)
        self._numbers = count(1)
        self._cancelled: set[int] = set()
        self._waiting: queue.Queue[tuple[int, EngineRequest, Deliver] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="llama.cpp", daemon=True)
        self._thread.start()

    @property
    def counts(self) -> EngineCounts:
        """What it is doing."""
        return self._counts

    def submit(self, request: EngineRequest, deliver: Deliver) -> int:
        """Ask for something; its number.

        Raises:
            ConfigError: what is asked for cannot be done by this engine.
            DataError: an id is not in the vocabulary.
        """
        if request.num_alternatives is not None or request.scores_prompt:
            raise ConfigError(t("llama.cpp tells no log-probabilities here"))
        if request.grammar is not None:
            raise ConfigError(t("llama.cpp keeps to no grammar here"))
        if not request.prompt_ids:
            raise ConfigError(t("the prompt has no tokens"))
        if max(request.prompt_ids) >= self._codec.vocab_size:
            raise DataError(t("an id of the prompt is not in the vocabulary"))
        number = next(self._numbers)
        self._counts.num_waiting += request.num_choices
        self._waiting.put((number, request, deliver))
        return number

    def cancel(self, request: int) -> None:
        """End a request at its next token."""
        self._cancelled.add(request)

    def close(self) -> None:
        """End what runs, and the thread."""
        self._cancelled.update(range(1, next(self._numbers)))
        self._waiting.put(None)
        self._thread.join()
        self._llama.close()
        self._folder.cleanup()

    def _work(self) -> None:
        while (asked := self._waiting.get()) is not None:
            number, request, deliver = asked
            for choice in range(request.num_choices):
                self._counts.num_waiting -= 1
                self._counts.num_running = 1
                try:
                    self._write(number, choice, request, deliver)
                except Exception as error:  # of the library; the others go on
                    deliver(ChoiceEvent(number, choice, finish_reason="error", failure=str(error)))
                self._counts.num_running = 0
            self._cancelled.discard(number)

    def _write(self, number: int, choice: int, request: EngineRequest, deliver: Deliver) -> None:
        sampling = request.sampling
        if sampling.seed is not None:
            self._llama.set_seed((sampling.seed + choice) & 0xFFFFFFFF)
        ends = request.stop_ids | (frozenset() if request.ignores_end else self._codec.eos_ids)
        stream, stops = self._codec.stream(), StopStrings(sampling.stop)
        tokens = self._llama.generate(
            list(request.prompt_ids),
            temp=sampling.temperature,
            top_k=sampling.top_k or 0,
            top_p=1.0 if sampling.top_p is None else sampling.top_p,
            min_p=0.0 if sampling.min_p is None else sampling.min_p,
            repeat_penalty=sampling.repetition_penalty,
            frequency_penalty=sampling.frequency_penalty,
            presence_penalty=sampling.presence_penalty,
            logits_processor=_bias(sampling.logit_bias),
        )
        reason: FinishReason = "length"
        for written in range(sampling.max_new_tokens):
            if number in self._cancelled:
                reason = "cancelled"
                break
            token = int(next(tokens))
            if written == 0 and choice == 0:
                deliver(PromptEvent(number, len(request.prompt_ids), 0))
                self._counts.prompt_tokens += len(request.prompt_ids)
            if token in ends:
                reason = "stop"
                break
            self._counts.generated_tokens += 1
            text = stops.push(stream.push(token))
            deliver(ChoiceEvent(number, choice, text, (ScoredToken(token),)))
            if stops.is_stopped:
                reason = "stop"
                break
            if len(request.prompt_ids) + written + 1 >= self.context_tokens:
                break
        rest = stops.push(stream.finish(), is_last=True)
        deliver(ChoiceEvent(number, choice, rest, finish_reason=reason))


def _bias(biases: dict[int, float]) -> Any:
    """What adds biases to scores, in llama-cpp-python's form; None where there are none."""
    if not biases:
        return None

    def add(_ids: Any, scores: Any) -> Any:
        for token, bias in biases.items():
            scores[token] += bias
        return scores

    return [add]


def _load_package() -> Any:
    try:
        return importlib.import_module("llama_cpp")
    except ImportError as error:
        raise ConfigError(
            t("the package {name} cannot be loaded", name="llama-cpp-python"),
            where="--engine llama.cpp",
            why=str(error),
            hint=t("Install it: {command}", command="pip install llama-cpp-python"),
        ) from error
