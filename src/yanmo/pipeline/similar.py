"""How similar texts are: by a model that has learned to say so, or by the vectors of any other.

In: a model's folder. Out: what `yanmo predict` asks for a number about two texts. A folder of word
vectors will do as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from yanmo.checkpoint.speech_folder import is_speech_folder
from yanmo.checkpoint.task_folder import is_task_folder, load_task_folder
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.evaluation.report_parts import figures_report
from yanmo.inference.embed import TextEmbedder
from yanmo.inference.embed_config import EmbedConfig
from yanmo.inference.search import cosine
from yanmo.models.language_model import LanguageModel
from yanmo.pipeline.embed import Embedder, open_embedder
from yanmo.pipeline.predict.run import PredictOptions, model_folder_of, open_work
from yanmo.pipeline.predict.table import Ask, Table
from yanmo.pipeline.predict.work import NUM_DIGITS, PREDICTION, Values, Work
from yanmo.tasks.metrics.correlation import Pearson, Spearman
from yanmo.tokens.text_codec import load_codec

WORDS_FILE = "words.txt"


@dataclass
class VectorWork:
    """The cosine of the vectors of two texts.

    Args:
        embedder: makes the vectors.
    """

    embedder: Embedder
    asks_questions: bool = field(default=False, init=False)
    names: tuple[str, ...] = field(default=(PREDICTION,), init=False)
    _num_cut: int = field(default=0, init=False)
    _num_texts: int = field(default=0, init=False)

    def run(self, asks: Sequence[Ask]) -> list[Values]:
        """The similarity of every pair, -1 to 1.

        Raises:
            ConfigError: a row has one text only.
        """
        firsts, seconds = _both(asks)
        found = self.embedder.embed([*firsts, *seconds])
        self._num_cut += found.num_cut
        self._num_texts += len(found.vectors)
        return [
            {PREDICTION: round(cosine(found.vectors[n], found.vectors[n + len(asks)]), NUM_DIGITS)}
            for n in range(len(asks))
        ]

    def warnings(self) -> list[str]:
        """How many texts were cut."""
        if not self._num_cut:
            return []
        return [
            t(
                "{cut:,} of {texts:,} texts are longer than {limit} tokens and were cut there",
                cut=self._num_cut,
                texts=self._num_texts,
                limit=self.embedder.limit_tokens,
            )
        ]


def open_similarity(
    directory: Path, config: EmbedConfig, options: PredictOptions, device: torch.device
) -> Work:
    """What compares texts: the head of a model that gives a number, else vectors.

    Raises:
        CheckpointError, DataError: the folder cannot be read.
        ConfigError: settings that do not go together.
    """
    if not (directory / WORDS_FILE).is_file():
        folder = model_folder_of(directory)
        if is_task_folder(folder):
            specs = load_task_folder(folder).specs
            scoring = next((spec.name for spec in specs if spec.kind == "regression"), None)
            if scoring is not None:
                return open_work(directory, replace(options, head=scoring), device)
    return VectorWork(open_vectors(directory, config, device))


def open_vectors(directory: Path, config: EmbedConfig, device: torch.device) -> Embedder:
    """What makes vectors of texts: word vectors, a language model, or what stands below the heads
    of a tuned one.

    Raises:
        CheckpointError, DataError: the folder cannot be read.
        ConfigError: the model makes no vectors, or a setting that it cannot obey.
    """
    if (directory / WORDS_FILE).is_file():
        return open_embedder(directory, config, device)
    folder = model_folder_of(directory)
    if is_speech_folder(folder):
        raise ConfigError(t("this model hears and reads no text"), where=str(folder))
    if not is_task_folder(folder):
        return open_embedder(folder, config, device)
    backbone = load_task_folder(folder, device).backbone
    if not isinstance(backbone, LanguageModel):
        raise ConfigError(
            t("this model makes no vectors of texts: it reads them for its task alone"),
            where=str(folder),
        )
    return TextEmbedder(backbone, load_codec(folder), config)


def make_vectors(embedder: Embedder) -> Callable[[Sequence[str]], Any]:
    """What search asks for vectors."""
    return lambda texts: embedder.embed(texts).vectors


def correlations(table: Table, gold_column: str, numbers: Sequence[float]) -> dict[str, Any]:
    """Spearman's and Pearson's correlation with a column of the file, with their intervals.

    Raises:
        DataError: a row has no number there: names file and row.
    """
    gold = [row.real(gold_column) for row in table.rows]
    return figures_report((Spearman(), Pearson()), gold, numbers)


def _both(asks: Sequence[Ask]) -> tuple[list[str], list[str]]:
    firsts, seconds = [], []
    for ask in asks:
        if not isinstance(ask.text, str) or ask.second is None:
            raise ConfigError(
                t("two texts are needed to compare them"),
                hint=t("Give two texts, or name the column of the second with --second-column."),
            )
        firsts.append(ask.text)
        seconds.append(ask.second)
    return firsts, seconds
