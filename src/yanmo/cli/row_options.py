"""Arguments of the commands that read rows of a file: `predict`, `similar`, `search`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yanmo.core.messages import t

ModelArgument = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL",
        help=t("runs/NAME/finetune/TASK, or the folder of a model that has a head or writes."),
    ),
]
RowsArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE",
        help=t("Plain text, JSONL, JSON, CSV, TSV or Parquet; '-' reads standard input."),
    ),
]
AskedArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE",
        help=t(
            "Plain text, JSONL, JSON, CSV, TSV or Parquet; '-' reads standard input. For a network"
            " that hears, a WAV file or a folder of them."
        ),
    ),
]
PromptOption = Annotated[
    str | None, typer.Option("--prompt", "-p", help=t("One text, instead of a file."))
]
SecondOption = Annotated[
    str | None,
    typer.Option(help=t("With -p: the other text of a pair, or the passage of a question.")),
]
RowsOutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", help=t("Write the rows with the predictions beside them here.")),
]
ForceOption = Annotated[
    bool, typer.Option("--force", help=t("Write over a file that is there already."))
]
TextColumnOption = Annotated[
    str | None, typer.Option(help=t("Column of the text, or of the question."))
]
SecondColumnOption = Annotated[
    str | None, typer.Option(help=t("Column of the second text, or of the passage."))
]
ColumnOption = Annotated[str, typer.Option(help=t("Name of the column that is added."))]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format", help=t("lines, jsonl, json, csv, tsv or parquet; else by the ending.")
    ),
]
NoHeaderOption = Annotated[
    bool, typer.Option("--no-header", help=t("The columns of the table are called 1, 2 ..."))
]
HeadOption = Annotated[str | None, typer.Option(help=t("Which head of a model that has several."))]
LongTextOption = Annotated[
    str | None, typer.Option(help=t("Long texts: windows (everything is read) or truncate."))
]
MaxTokensOption = Annotated[int | None, typer.Option(help=t("Longest row, in tokens."))]
OverlapOption = Annotated[
    int | None, typer.Option(help=t("Tokens that two windows have in common."))
]
KeepOption = Annotated[
    str | None, typer.Option(help=t("What stays of a text that is cut: head, tail or both."))
]
ThresholdOption = Annotated[
    float | None,
    typer.Option(help=t("Least log-odds of an answer against 'no answer'; 0 unless told.")),
]
MaxNewTokensOption = Annotated[
    int | None,
    typer.Option(
        "--max-new-tokens", "-n", help=t("Longest text that is written; 128 tokens unless told.")
    ),
]
MinNewTokensOption = Annotated[
    int | None, typer.Option(help=t("Shortest text that is written, in tokens."))
]
NumBeamsOption = Annotated[
    int | None,
    typer.Option(help=t("Hypotheses that are followed while writing; 1 (greedy) unless told.")),
]
DeviceOption = Annotated[str, typer.Option(help=t("cpu, cuda, mps or auto."))]
ComparerArgument = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL",
        help=t("A model tuned on similarity, any other model, or a folder of word vectors."),
    ),
]
FirstArgument = Annotated[str | None, typer.Argument(metavar="A", help=t("One text."))]
OtherArgument = Annotated[str | None, typer.Argument(metavar="B", help=t("The other text."))]
PairsOption = Annotated[str | None, typer.Option(help=t("A file of pairs, instead of two texts."))]
FirstColumnOption = Annotated[str | None, typer.Option(help=t("Column of the first text."))]
OtherColumnOption = Annotated[str | None, typer.Option(help=t("Column of the second text."))]
GoldColumnOption = Annotated[
    str | None, typer.Option(help=t("Column of the true similarity: prints correlations."))
]
PoolingOption = Annotated[str, typer.Option(help=t("mean, cls, last or pooler."))]
LayerOption = Annotated[
    int | None, typer.Option(help=t("Block to read: 0 the embeddings, -1 the last."))
]
SearchedArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help=t("Plain text, JSONL, JSON, CSV, TSV or Parquet; '-' reads standard input."),
    ),
]
QueryArgument = Annotated[
    str | None, typer.Argument(metavar="QUERY", help=t("What is looked for."))
]
ByOption = Annotated[
    str | None,
    typer.Option(help=t("bm25 (words), dense (vectors) or both; both with a model, else bm25.")),
]
VectorModelOption = Annotated[
    Path | None, typer.Option(help=t("What makes vectors: a model, or word vectors."))
]
LimitOption = Annotated[int, typer.Option("--limit", "-k", help=t("Rows for each query."))]
SearchedColumnOption = Annotated[
    str | None, typer.Option(help=t("Column of the texts that are searched."))
]
QueriesOption = Annotated[
    str | None, typer.Option(help=t("A file of queries: prints how well they are answered."))
]
QueryColumnOption = Annotated[
    str | None, typer.Option(help=t("Column of the query, in the file of queries."))
]
KeyColumnOption = Annotated[
    str, typer.Option(help=t("Column that names the rows that are searched."))
]
RightKeyOption = Annotated[
    str, typer.Option(help=t("Column with the key of the right row, in the file of queries."))
]
GlossaryOption = Annotated[
    Path | None,
    typer.Option(help=t("Terms that translations have to use: CSV or TSV of source, target.")),
]
