"""The two stages of this package: a tokenizer from a corpus, and token shards from both.

In: a corpus folder. Out: a tokenizer folder, and a token folder with its report. An unfinished
folder is cleared first. The manifest of a stage is written by whoever runs it. Only the two
functions that call `read_documents` know that documents are Parquet files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from yanmo.core.console import Console
from yanmo.core.errors import ConfigError, DataError
from yanmo.core.files import write_json
from yanmo.core.messages import t
from yanmo.corpus.document import SPLITS, read_documents
from yanmo.tokens.account import build_account, format_account
from yanmo.tokens.config import TokenizerConfig, TokensConfig
from yanmo.tokens.group_counts import GROUPINGS, GroupCounts
from yanmo.tokens.shard_writer import ShardWriter, SplitCounts, dtype_of_ids
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.tokenizer_folder import TOKENIZER_FILES
from yanmo.tokens.train_tokenizer import sample_text, train_tokenizer

FORMAT_VERSION = 1


class TextBatch(NamedTuple):
    """Documents on their way to ids: their texts, the split of each, and its groups by grouping."""

    texts: list[str]
    splits: list[str]
    groups: Mapping[str, Sequence[str | None]] = MappingProxyType({})


class StoredTokens(NamedTuple):
    """What `store_tokens` wrote, and what it left out."""

    splits: dict[str, SplitCounts]
    dropped_documents: dict[str, int]
    dropped_tokens: int
    groups: GroupCounts


def train_tokenizer_stage(
    config: TokenizerConfig, corpus_dir: Path, out_dir: Path, console: Console
) -> Tokenizer:
    """Learn a tokenizer from the train split of a corpus and save it in `out_dir`.

    Raises:
        DataError: the corpus cannot be read, or has too little text for the vocabulary.
    """
    _clear(out_dir, [*TOKENIZER_FILES])
    total_bytes = 0
    if config.train_bytes is not None:
        total_bytes = sum(len(text.encode()) for _, text in _train_documents(corpus_dir))
    texts = sample_text(_train_documents(corpus_dir), total_bytes, config.train_bytes)
    tokenizer = train_tokenizer(
        _with_progress(texts, config.vocab_size, console), config.vocab_size, config.num_sentinels
    )
    tokenizer.save(out_dir)
    console.end_progress()
    console.note(
        t(
            "tokenizer: {entries:,} entries in {folder}",
            entries=tokenizer.vocab_size,
            folder=out_dir,
        )
    )
    return tokenizer


def take_tokenizer_stage(config: TokenizerConfig, out_dir: Path, console: Console) -> Tokenizer:
    """Save the tokenizer of the folder `config.take_from` in `out_dir`.

    Raises:
        DataError: there is none, or not one of ours.
        ConfigError: it has another size than the settings say.
    """
    assert config.take_from is not None, "there is a tokenizer to take"
    tokenizer = Tokenizer.load(Path(config.take_from))
    if tokenizer.vocab_size != config.vocab_size:
        raise ConfigError(
            t("tokenizer.vocab_size is not the size of the tokenizer that is taken"),
            where=f"tokenizer.take_from = {config.take_from}",
            hint=t("Set tokenizer.vocab_size = {size}.", size=tokenizer.vocab_size),
        )
    _clear(out_dir, [*TOKENIZER_FILES])
    tokenizer.save(out_dir)
    console.note(
        t(
            "tokenizer: {entries:,} entries, taken from {folder}",
            entries=tokenizer.vocab_size,
            folder=config.take_from,
        )
    )
    return tokenizer


def build_tokens(
    config: TokensConfig,
    tokenizer: Tokenizer,
    corpus_dir: Path,
    out_dir: Path,
    console: Console,
    row_tokens: int,
) -> dict[str, Any]:
    """Encode every document of a corpus into shards in `out_dir`, and return the report.

    Args:
        config: how ids are stored.
        tokenizer: the tokenizer.
        corpus_dir: the corpus.
        out_dir: the token folder.
        console: where progress goes.
        row_tokens: tokens in a training row, for the account.

    Raises:
        DataError: the corpus cannot be read, or nothing is left to train on.
    """
    _clear(out_dir, ["*.bin", "*.index", "*.bytes", "*.sums", "report.json"])
    stored = store_tokens(_all_documents(corpus_dir), tokenizer, out_dir, config, console)
    report = build_report(stored, tokenizer, row_tokens)
    if not stored.splits["train"].num_tokens:
        raise DataError(
            t("there is nothing to train on: the train split is empty"),
            where=str(corpus_dir),
            hint=t("Give the corpus more text, or look at what its rules rejected."),
        )
    write_json(out_dir / "report.json", report)
    console.note(format_account(report["account"]))
    return report


def store_tokens(
    batches: Iterable[TextBatch],
    tokenizer: Tokenizer,
    out_dir: Path,
    config: TokensConfig,
    console: Console,
) -> StoredTokens:
    """Encode documents and write the shards of all three splits; `out_dir` must exist.

    A document without text would be a lone end-of-text token that predicts another one; it is left
    out and counted.

    Raises:
        DataError: a document names a split that does not exist.
    """
    writers = {
        split: ShardWriter(out_dir, split, tokenizer.vocab_size, config.shard_tokens)
        for split in SPLITS
    }
    groups = GroupCounts()
    num_empty = num_documents = num_tokens = 0
    for batch in batches:
        unknown = set(batch.splits) - set(SPLITS)
        if unknown:
            raise DataError(t("there is no split named {name}", name=min(unknown)))
        for split in SPLITS:
            rows = [
                row
                for row, (text, own) in enumerate(zip(batch.texts, batch.splits, strict=True))
                if own == split and text
            ]
            counts = _add_texts(writers[split], [batch.texts[row] for row in rows], tokenizer)
            own_groups = {name: [of[row] for row in rows] for name, of in batch.groups.items()}
            groups.add(own_groups, counts)
            num_tokens += sum(counts)
            num_documents += len(rows)
        num_empty += batch.texts.count("")
        console.progress(
            t(
                "tokens: {documents:,} {documents:document|documents}, {tokens:,} tokens",
                documents=num_documents,
                tokens=num_tokens,
            )
        )
    console.end_progress()
    stored = {split: writer.close() for split, writer in writers.items()}
    return StoredTokens(stored, {"empty": num_empty}, num_empty, groups)


def build_report(stored: StoredTokens, tokenizer: Tokenizer, row_tokens: int) -> dict[str, Any]:
    """The content of `tokens/report.json`: the account, checked, and the numbers of each split.

    `bytes_per_token` counts all stored tokens, the first one of each document included; it is null
    for an empty split.
    """
    counts = stored.splits
    num_dropped = sum(stored.dropped_documents.values())
    account = build_account(
        split_tokens={split: counts[split].num_tokens for split in SPLITS},
        num_documents=sum(c.num_documents for c in counts.values()) + num_dropped,
        num_tokens=sum(c.num_tokens for c in counts.values()) + stored.dropped_tokens,
        dropped_documents=stored.dropped_documents,
        dropped_tokens=stored.dropped_tokens,
        row_tokens=row_tokens,
    )
    return {
        "format_version": FORMAT_VERSION,
        "vocab_size": tokenizer.vocab_size,
        "dtype": dtype_of_ids(tokenizer.vocab_size).name,
        "eot_id": tokenizer.eos_id,
        "pad_id": tokenizer.pad_id,
        "row_tokens": row_tokens,
        "account": account,
        "splits": {split: _describe_split(counts[split]) for split in SPLITS},
        "groups": stored.groups.as_dict(),
    }


def _describe_split(counts: SplitCounts) -> dict[str, Any]:
    per_token = counts.num_bytes / counts.num_tokens if counts.num_tokens else None
    return {
        "documents": counts.num_documents,
        "tokens": counts.num_tokens,
        "bytes": counts.num_bytes,
        "bytes_per_token": per_token,
        "shards": counts.num_shards,
    }


def _add_texts(writer: ShardWriter, texts: list[str], tokenizer: Tokenizer) -> list[int]:
    """Encode and store some documents, each behind an end-of-text token; returns the number of
    tokens of each."""
    if not texts:
        return []
    eot = np.array([tokenizer.eos_id], dtype=np.uint32)
    documents = tokenizer.encode_batch(texts)
    pieces: list[npt.NDArray[np.uint32]] = [p for ids in documents for p in (eot, ids)]
    tokens = np.concatenate(pieces)
    token_counts = np.array([1 + len(ids) for ids in documents], dtype=np.int64)
    byte_counts = np.array([len(text.encode()) for text in texts], dtype=np.int64)
    writer.add(tokens, token_counts, byte_counts)
    counts: list[int] = token_counts.tolist()
    return counts


def _with_progress(texts: Iterable[str], vocab_size: int, console: Console) -> Iterator[str]:
    """`texts`, with progress while they are read and a word on the long wait that follows."""
    num_bytes = 0
    for text in texts:
        num_bytes += len(text.encode())
        console.progress(
            t("tokenizer: reading text, {megabytes:.1f} MB", megabytes=num_bytes / 1e6)
        )
        yield text
    console.end_progress()
    console.progress(
        t(
            "tokenizer: learning {entries:,} entries from {megabytes:.1f} MB",
            entries=vocab_size,
            megabytes=num_bytes / 1e6,
        )
    )


def _train_documents(corpus_dir: Path) -> Iterator[tuple[str, str]]:
    """Id and text of every train document."""
    for batch in read_documents(corpus_dir, split="train", columns=["id", "text"]):
        yield from zip(
            batch.column("id").to_pylist(), batch.column("text").to_pylist(), strict=True
        )


def _all_documents(corpus_dir: Path) -> Iterator[TextBatch]:
    """Text, split and groups of every document."""
    for batch in read_documents(corpus_dir, columns=["text", "split", *GROUPINGS]):
        groups = {name: batch.column(name).to_pylist() for name in GROUPINGS}
        yield TextBatch(batch["text"].to_pylist(), batch["split"].to_pylist(), groups)


def _clear(out_dir: Path, patterns: list[str]) -> None:
    """Make `out_dir` and remove what an earlier attempt left, the manifest first.

    Only files of ours go: a mistyped path must not cost anyone their own files.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    for pattern in ["manifest.json", *patterns]:
        for path in out_dir.glob(pattern):
            path.unlink()
