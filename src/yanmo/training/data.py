"""What the loop trains on: rows; which of them a step takes is a function of (seed, step).

What an objective makes of a row is a function of (seed, epoch, row). Nothing about the position in
the data has to be saved; with another micro-batch size the same rows come in the same order, and
the same tokens are hidden in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from yanmo.core.files import sha256_of_json
from yanmo.core.messages import t
from yanmo.tokens.lanes import contiguous_rows_of_step, lanes_of_step
from yanmo.tokens.order import rows_at
from yanmo.tokens.pair_rows import PairRows
from yanmo.tokens.rows import PackedRows
from yanmo.tokens.token_split import TokenSplit
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.config import PretrainConfig, TrainingConfig
from yanmo.training.guards.overfit import TaskRemedies
from yanmo.training.objective_choice import objective_of
from yanmo.training.objective_config import MaskedConfig
from yanmo.training.objectives.build import build_objective
from yanmo.training.objectives.causal import CausalObjective
from yanmo.training.objectives.objective import (
    NumpyBatch,
    Objective,
    Rows,
    RowSource,
    UnevenRows,
    row_generators,
)
from yanmo.training.objectives.words import Segment, TokenWords
from yanmo.training.schedule import batch_rows_at, rows_before

VALIDATION_SEED = "validation"
"""What is hidden in validation rows depends on nothing else, so that runs can be compared."""


@dataclass(frozen=True)
class RowPlace:
    """Which rows of a batch one of several processes reads: part `index` of `count` equal ones."""

    index: int = 0
    count: int = 1

    def part_of(self, num_rows: int) -> slice:
        """This part of `num_rows` rows, which `count` divides."""
        assert num_rows % self.count == 0, f"{num_rows} rows for {self.count} processes"
        size = num_rows // self.count
        return slice(self.index * size, (self.index + 1) * size)


ALL_ROWS = RowPlace()


@dataclass(frozen=True)
class TrainingData:
    """Rows of the train and validation splits, and what is learned from them.

    `bytes_per_token` is that of the validation split: UTF-8 bytes of its text over its targets;
    None where the loss is not that of the whole text. `notes` are for the user. `content_hash` is
    of all tokens, None where nobody has read them through: a run goes on with the same tokens only.
    `remedies` are what helps against over-fitting where a task is learned; None where text is.
    """

    train: Rows
    validation: Rows
    bytes_per_token: float | None = None
    objective: Objective = field(default_factory=CausalObjective)
    notes: tuple[str, ...] = ()
    splits: tuple[TokenSplit, ...] = ()
    content_hash: str | None = None
    remedies: TaskRemedies | None = None

    def check_unchanged(self) -> None:
        """Ask the file system whether someone has written to the tokens since they were opened.

        Raises:
            DataError: naming the file.
        """
        for split in self.splits:
            split.check_unchanged()

    def micro_batches(
        self, config: TrainingConfig, step: int, place: RowPlace = ALL_ROWS
    ) -> list[NumpyBatch]:
        """What `place` reads of the global batch of `step`, cut into micro-batches; with `lanes`
        and `carries` beside the tokens where rows follow each other (`tokens.lanes`)."""
        if config.row_order == "contiguous":
            assert place.count == 1, "rows that read on belong to one process"
            size = config.micro_batch_rows or config.batch_rows
            return self._laned_batches(config, step, config.batch_rows // size)
        num_rows = batch_rows_at(config, step)
        positions = rows_before(config, step) + np.arange(num_rows)[place.part_of(num_rows)]
        rows = rows_at(config.seed, positions, self.train.num_rows)
        epochs = positions // self.train.num_rows
        generators = row_generators(config.seed, epochs, rows)
        size = config.micro_batch_rows or len(rows)
        if size < len(rows) and isinstance(self.train, UnevenRows):
            # The longest row of a micro-batch decides its width: rows of like length go together.
            order = np.argsort(self.train.lengths(rows), kind="stable")
            rows, generators = rows[order], [generators[place] for place in order]
        batches = []
        for begin in range(0, len(rows), size):
            own = slice(begin, begin + size)
            batches.append(self.objective.make_batch(self.train, rows[own], generators[own]))
        return batches

    def _laned_batches(self, config: TrainingConfig, step: int, num_parts: int) -> list[NumpyBatch]:
        assert isinstance(self.train, PackedRows), "only packed rows read on"
        rows = contiguous_rows_of_step(step, config.batch_rows, self.train.num_rows)
        carried = lanes_of_step(step, rows, self.train)
        batches: list[NumpyBatch] = []
        for part in np.split(carried["lanes"], num_parts):
            batch = self.objective.make_batch(self.train, rows[part], [])
            batches.append({**batch, "lanes": part, "carries": carried["carries"][part]})
        return batches

    def validation_batches(
        self, config: TrainingConfig, place: RowPlace = ALL_ROWS
    ) -> Iterator[tuple[NumpyBatch, bool]]:
        """What `place` reads of the validation rows, in their own order, as many at a time as in
        training. With each batch comes whether every place gets the same: the last rows, where
        they are too few to be shared out."""
        count = min(self.validation.num_rows, config.validation_rows or self.validation.num_rows)
        size = config.micro_batch_rows or config.batch_rows // place.count
        begin = 0
        while begin < count:
            each = min(size, (count - begin) // place.count)
            first = begin + place.index * each if each else begin
            rows = np.arange(first, first + (each or count - begin))
            begin += each * place.count or len(rows)
            generators = row_generators(VALIDATION_SEED, np.zeros_like(rows), rows)
            batch = self.objective.make_batch(self.validation, rows, generators)
            yield batch, not each and place.count > 1


def build_training_data(
    tokens_dir: Path,
    tokenizer: Tokenizer,
    config: PretrainConfig,
    *,
    family: str,
    max_seq_len: int,
    decoder_start_id: int | None = None,
    segment: Segment | None = None,
    held_out: str = "validation",
) -> TrainingData:
    """The rows of a token folder, as the recipe's objective learns from them.

    Args:
        tokens_dir: the token folder.
        tokenizer: the one that made it.
        config: the `pretrain` section.
        family: of the model; decides the objective where the section names none.
        max_seq_len: the model's.
        decoder_start_id: the id that the decoder of an encoder-decoder begins with; the padding id
            when None.
        segment: cuts Chinese text into words, where whole words are hidden; single characters
            otherwise.
        held_out: the split that takes the part of the validation rows.

    Raises:
        DataError: the folder is damaged, or holds nothing that the objective can learn from.
        ConfigError: the tokenizer has too few sentinels.
    """
    name = objective_of(family, config)
    has_words = name == "masked" and (config.masked or MaskedConfig()).unit == "word"
    objective = build_objective(
        name,
        config,
        tokenizer.special_ids,
        max_seq_len=max_seq_len,
        decoder_start_id=decoder_start_id,
        word_starts=TokenWords(tokenizer, segment) if has_words else None,
    )
    source = RowSource(tokenizer.special_ids, max_seq_len, tokenizer)
    splits = tuple(
        TokenSplit(tokens_dir, split, tokenizer.vocab_size) for split in ("train", held_out)
    )
    # The whole content is read once, before the first batch: a wrong id looks like any other.
    content_hash = sha256_of_json([split.check_content() for split in splits])
    train, validation = (objective.build_rows(split, source) for split in splits)
    return TrainingData(
        train=train,
        validation=validation,
        bytes_per_token=_bytes_per_token(splits[1]) if name == "causal" else None,
        objective=objective,
        notes=tuple(note for rows in (train, validation) for note in _notes_on(rows)),
        splits=splits,
        content_hash=content_hash,
    )


def _bytes_per_token(split: TokenSplit) -> float | None:
    return split.num_bytes / split.num_tokens if split.num_tokens else None


def _notes_on(rows: Rows) -> Iterator[str]:
    """What of a split is not learned from."""
    if not isinstance(rows, PairRows):
        return
    name = rows.split.split
    if rows.num_without_pair:
        yield t(
            "{split}: {count:,} of {documents:,} documents are no pairs and are left out",
            split=name,
            count=rows.num_without_pair,
            documents=rows.split.num_documents,
        )
    if rows.num_cut_sources or rows.num_cut_targets:
        yield t(
            "{split}: {sources:,} sources and {targets:,} targets are too long and are cut",
            split=name,
            sources=rows.num_cut_sources,
            targets=rows.num_cut_targets,
        )
