"""A model folder as lm-evaluation-harness (Gao et al. 2024) wants a model: name `yanmo`.

In: the harness's requests. Out: log-likelihoods and texts, the numbers that its own Hugging Face
adapter gives for the same folder, as far as no text spells a control token: that adapter reads such
a spelling as the token, and here it stays text. The only module that imports the harness; importing
it registers the model. Causal models only.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lm_eval import utils
from lm_eval.__main__ import cli_evaluate
from lm_eval.api.model import TemplateLM
from lm_eval.api.registry import register_model

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.inference.choices import encode_pair, score_continuations
from yanmo.inference.config import SamplingConfig
from yanmo.inference.generate import generate_text, prompt_ids_of
from yanmo.inference.opened_folder import open_folder
from yanmo.inference.write_text import write_from_ids
from yanmo.inference.writing_config import WritingConfig

# The harness lists its own models only while it knows of none: theirs first, then ours.
importlib.import_module("lm_eval.models")

DEFAULT_BATCH_ROWS = 16
LENGTH_NAMES = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
"""Under which of these names a task limits an answer; the first that is there counts."""


def run_harness(model: Path, arguments: Sequence[str]) -> None:
    """Run the command of the harness on a model folder, with further arguments of its own.

    Raises:
        ConfigError: the harness refuses them: there is no such task, for one.
    """
    model_args = json.dumps({"path": str(model)})
    before = sys.argv
    # Told nothing, the harness asks for a GPU, whether there is one or not.
    device = [] if "--device" in arguments else ["--device", "auto"]
    sys.argv = ["lm-eval", "--model", "yanmo", "--model_args", model_args, *device, *arguments]
    try:
        cli_evaluate()
    except ValueError as error:
        raise ConfigError(
            t("lm-evaluation-harness refuses what it was given"),
            where="yanmo lm-eval",
            why=str(error),
        ) from error
    finally:
        sys.argv = before


@register_model("yanmo")
class YanmoLM(TemplateLM):  # type: ignore[misc]
    """A causal model and its tokenizer.

    Args:
        path: the model folder.
        device: as everywhere in yanmo; the harness's `cuda:0` means `cuda`.
        batch_size: rows at once; whatever is no number means 16.
        max_batch_size: not used, since nothing is tried out.
        max_gen_toks: longest answer where the task says nothing.

    Raises:
        ConfigError: the model is not causal, or there is no such device.
        CheckpointError: the model is missing or damaged.
        DataError: so is the tokenizer.
    """

    def __init__(
        self,
        path: str,
        device: str = "auto",
        batch_size: int | str = DEFAULT_BATCH_ROWS,
        max_batch_size: int | None = None,
        max_gen_toks: int = 256,
    ) -> None:
        super().__init__()
        del max_batch_size
        opened = open_folder(Path(path), str(device).partition(":")[0])
        self._model, self._tokenizer = opened.model, opened.tokenizer
        if self._model.kind != "causal":
            family = self._model.config.family
            raise ConfigError(
                t("a {family} model does not go on from a text", family=family), where=path
            )
        self._path = path
        self._device = self._model.device
        self._batch_rows = int(batch_size) if str(batch_size).isdigit() else DEFAULT_BATCH_ROWS
        self._max_gen_toks = max_gen_toks

    @property
    def eot_token_id(self) -> int:
        """The token that ends a text."""
        return min(self._tokenizer.eos_ids)

    @property
    def prefix_token_id(self) -> int:
        """What stands before a text without context: what begins a text, or else what ends one."""
        begin = self._tokenizer.bos_id
        return self.eot_token_id if begin is None else begin

    @property
    def max_length(self) -> int:
        """Positions of the model."""
        return self._model.config.max_seq_len

    @property
    def max_gen_toks(self) -> int:
        """Longest answer where the task says nothing, in tokens."""
        return self._max_gen_toks

    @property
    def tokenizer_name(self) -> str:
        """What tells requests kept for this tokenizer from those for another."""
        return self._path.replace("/", "__")

    def tok_encode(
        self, string: str, add_special_tokens: bool | None = None, **_: Any
    ) -> list[int]:
        """The ids of a text, with what the tokenizer begins one with unless told otherwise."""
        ids = self._tokenizer.encode(string)
        return ids if add_special_tokens is False else [*self._tokenizer.beginning_ids, *ids]

    def _encode_pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        return encode_pair(self._tokenizer, context, continuation)

    def _loglikelihood_tokens(
        self,
        requests: Sequence[tuple[tuple[str, str] | None, list[int], list[int]]],
        disable_tqdm: bool = False,
    ) -> list[tuple[float, bool]]:
        del disable_tqdm
        pairs = [(context, continuation) for _, context, continuation in requests]
        scores = score_continuations(self._model, pairs, batch_rows=self._batch_rows)
        answers = [(score.log_prob, score.is_greedy) for score in scores]
        for (texts, _, _), answer in zip(requests, answers, strict=True):
            if texts is not None:
                self.cache_hook.add_partial("loglikelihood", texts, answer)
        return answers

    def loglikelihood_rolling(self, requests: Sequence[Any], disable_tqdm: bool = False) -> Any:
        """The log-probability of whole texts; long ones in windows, each token predicted once."""
        del disable_tqdm
        windows: list[tuple[None, list[int], list[int]]] = []
        owners: list[int] = []
        for owner, request in enumerate(requests):
            for window in utils.get_rolling_token_windows(
                token_list=self.tok_encode(request.args[0]),
                prefix_token=self.prefix_token_id,
                max_seq_len=self.max_length,
                context_len=1,
            ):
                windows.append((None, *utils.make_disjoint_window(window)))
                owners.append(owner)
        totals = [0.0] * len(requests)
        for owner, (log_prob, _) in zip(owners, self._loglikelihood_tokens(windows), strict=True):
            totals[owner] += log_prob
        for request, total in zip(requests, totals, strict=True):
            self.cache_hook.add_partial("loglikelihood_rolling", request.args, total)
        return totals

    def generate_until(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[str]:
        """Continue prompts up to the strings that each request names.

        Raises:
            ConfigError: a request has settings that are not known here.
        """
        del disable_tqdm
        alike: dict[str, list[int]] = {}
        for number, request in enumerate(requests):
            alike.setdefault(json.dumps(request.args[1], sort_keys=True), []).append(number)
        answers: dict[int, str] = {}
        for numbers in alike.values():
            prompts = [requests[number].args[0] for number in numbers]
            texts = self._write(prompts, requests[numbers[0]].args[1])
            answers.update(zip(numbers, texts, strict=True))
            for number in numbers:
                self.cache_hook.add_partial(
                    "generate_until", requests[number].args, answers[number]
                )
        return [answers[number] for number in range(len(requests))]

    def _write(self, prompts: Sequence[str], given: Mapping[str, Any]) -> list[str]:
        settings = dict(given)
        until = settings.pop("until", None) or []
        stop = [until] if isinstance(until, str) else list(until)
        lengths = [settings.pop(name, None) for name in LENGTH_NAMES]
        limit = next((int(length) for length in lengths if length is not None), self._max_gen_toks)
        temperature = float(settings.pop("temperature", 0.0))
        is_drawn = settings.pop("do_sample", None)
        if is_drawn is None:
            is_drawn = temperature > 0.0
        drawing = {name: settings.pop(name, None) for name in ("top_k", "top_p", "min_p")}
        num_beams = int(settings.pop("num_beams", 1))
        if settings:
            raise ConfigError(
                t("the task sets what is not known here: {names}", names=listed(settings)),
                where="generation_kwargs",
            )
        if is_drawn:
            sampling = SamplingConfig(
                max_new_tokens=limit, temperature=temperature, stop=stop, **drawing
            )
            return [
                generate_text(self._model, self._tokenizer, prompt, sampling) for prompt in prompts
            ]
        config = WritingConfig(
            num_beams=num_beams, max_new_tokens=limit, batch_rows=self._batch_rows
        )
        # The harness leaves room for the longest answer, and cuts prompts at their beginning.
        room = self.max_length - limit if limit < self.max_length else self.max_length // 2
        inputs = [prompt_ids_of(self._tokenizer, prompt)[-max(1, room) :] for prompt in prompts]
        found = write_from_ids(self._model, self._tokenizer, inputs, config, stop=stop)
        return [written.text for written in found]
