"""`yanmo vectors`: learn word vectors, ask them for neighbours and analogies, score them.

The stage that learns them is run as every other stage is; the other commands only read a folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yanmo.cli.options import JsonOption
from yanmo.cli.speech import CommandGroup
from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.core.text_width import cell_width, pad_right

if TYPE_CHECKING:
    from yanmo.pipeline.word_vectors import Neighbour, WordVectors

FolderArgument = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help=t("A folder of word vectors, or a run that has them.")),
]
CountOption = Annotated[int, typer.Option("-k", min=1, help=t("How many words to print."))]


def build_app(train: Callable[..., None]) -> typer.Typer:
    """The `vectors` commands.

    Args:
        train: runs the stage.
    """
    app = typer.Typer(
        cls=CommandGroup,
        help=t("Word vectors: word2vec and fastText, learned from a corpus."),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    text = t("Learn word vectors from the corpus of a recipe.")
    whole = t("{what} Runs earlier stages that are not up to date.", what=text)
    app.command("train", help=whole, short_help=text)(train)
    app.command(help=t("The words whose vectors are nearest to that of a word."))(near)
    app.command(help=t("How alike the vectors of two words are, from -1 to 1."))(similarity)
    app.command(help=t("What is to C as B is to A."))(analogy)
    app.command(help=t("Rank correlation with human scores of pairs of words or texts."))(score)
    app.command("export", help=t("Write vectors in the text form of word2vec."))(export_vectors)
    app.command("import", help=t("Make a folder from the text form of word2vec."))(import_vectors)
    return app


def near(
    folder: FolderArgument,
    word: Annotated[str, typer.Argument(metavar="WORD", help=t("The word to look around."))],
    count: CountOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Print the nearest words."""
    from yanmo.pipeline.word_vectors import open_word_vectors

    vectors = open_word_vectors(folder)
    found = vectors.nearest(word, count)
    _print_neighbours(vectors, {"word": word}, found, as_json)


def similarity(
    folder: FolderArgument,
    a: Annotated[str, typer.Argument(metavar="A", help=t("A word."))],
    b: Annotated[str, typer.Argument(metavar="B", help=t("Another word."))],
    as_json: JsonOption = False,
) -> None:
    """Print the cosine of two words."""
    from yanmo.pipeline.word_vectors import open_word_vectors

    vectors = open_word_vectors(folder)
    value = vectors.similarity(a, b)
    question = {"a": a, "b": b}
    if as_json:
        print(_as_json({**question, "similarity": value, **_composed(vectors, question)}))
        return
    _tell_composed(vectors, question)
    print(f"{value:.4f}")


def analogy(
    folder: FolderArgument,
    a: Annotated[str, typer.Argument(metavar="A", help=t("A word, such as man."))],
    b: Annotated[str, typer.Argument(metavar="B", help=t("What belongs to it, such as king."))],
    c: Annotated[str, typer.Argument(metavar="C", help=t("Another word, such as woman."))],
    count: CountOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Print the words nearest to B - A + C."""
    from yanmo.pipeline.word_vectors import open_word_vectors

    vectors = open_word_vectors(folder)
    found = vectors.analogy(a, b, c, count)
    _print_neighbours(vectors, {"a": a, "b": b, "c": c}, found, as_json)


def score(
    folder: FolderArgument,
    pairs: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS", help=t("Two words or texts and a score on each line: CSV or TSV.")
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Print Spearman's correlation with human scores."""
    from yanmo.pipeline.word_vectors import describe_result, open_word_vectors, score_file

    result = score_file(open_word_vectors(folder), pairs)
    if as_json:
        print(_as_json(describe_result(result)))
        return
    print(
        t(
            "Spearman {value:.4f} over {scored:,} of {pairs:,} pairs; {missing:,} have a side"
            " without a known word",
            value=result.spearman,
            scored=result.num_scored,
            pairs=result.num_pairs,
            missing=result.num_pairs - result.num_scored,
        )
    )
    if result.unknown_words:
        shown = listed(result.unknown_words, limit=10)
        number = f"{len(result.unknown_words):,}"
        print(t("{count} words have no vector: {words}", count=number, words=shown))


def export_vectors(
    folder: FolderArgument,
    path: Annotated[Path, typer.Argument(metavar="FILE", help=t("Where to, such as words.vec."))],
) -> None:
    """Write the text form."""
    from yanmo.pipeline.word_vectors import export_text, open_word_vectors

    vectors = open_word_vectors(folder)
    _refuse_existing(path)
    export_text(vectors, path)
    print(t("wrote {count:,} words to {path}", count=len(vectors), path=path))
    if vectors.subwords is not None:
        print(t("The vectors of n-grams are not in it: the text form has no place for them."))


def import_vectors(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help=t("Vectors as text: .vec or .txt of word2vec."))
    ],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=t("The folder to make."))],
) -> None:
    """Make a folder of the text form."""
    from yanmo.pipeline.word_vectors import import_text, save_word_vectors

    _refuse_existing(folder)
    vectors = import_text(path)
    save_word_vectors(vectors, folder)
    print(t("wrote {count:,} words to {path}", count=len(vectors), path=folder))


def _refuse_existing(path: Path) -> None:
    is_empty_folder = path.is_dir() and not any(path.iterdir())
    if path.exists() and not is_empty_folder:
        raise ConfigError(
            t("this file or folder exists already"),
            where=str(path),
            hint=t("Give another path, or remove it first."),
        )


def _composed(vectors: WordVectors, question: Mapping[str, str]) -> dict[str, list[str]]:
    """The words asked for that training never saw as a whole."""
    return {"composed": [word for word in question.values() if not vectors.has(word)]}


def _tell_composed(vectors: WordVectors, question: Mapping[str, str]) -> None:
    from yanmo.core.console import Console

    for word in _composed(vectors, question)["composed"]:
        Console().note(t("'{word}' is composed of the n-grams of its spelling", word=word))


def _print_neighbours(
    vectors: WordVectors,
    question: Mapping[str, str],
    neighbours: Sequence[Neighbour],
    as_json: bool,
) -> None:
    if as_json:
        rows = [{"word": found.word, "similarity": found.similarity} for found in neighbours]
        print(_as_json({**question, "neighbours": rows, **_composed(vectors, question)}))
        return
    _tell_composed(vectors, question)
    columns = max((cell_width(found.word) for found in neighbours), default=0)
    for found in neighbours:
        print(f"{pad_right(found.word, columns)}  {found.similarity:.4f}")


def _as_json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
