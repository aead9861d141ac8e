"""The data card: README.md of a corpus, in the form that the Hugging Face hub reads.

Comes in: the report, and what the recipe says of the corpus. Goes out: Markdown with a YAML head,
in the reader's language. Every number in it is read from the report; what nobody measured is named
as a gap. The form is that of https://huggingface.co/docs/hub/datasets-cards.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from yanmo.core.files import write_atomically
from yanmo.core.messages import t
from yanmo.corpus.document import DOCUMENT_SCHEMA
from yanmo.corpus.report.columns import figure_text, share_text, size_text

CARD_NAME = "README.md"
"""The name of the data card in the corpus folder."""

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"),
    (100_000_000_000, "10B<n<100B"),
    (1_000_000_000_000, "100B<n<1T"),
)
_MIN_LANGUAGE_FRAC = 0.01
_MAX_ROWS = 50
_LOADING = """```python
from pathlib import Path

import pyarrow.dataset as ds

parts = sorted(str(path) for path in Path().glob("part-*.parquet"))
train = ds.dataset(parts).to_table(filter=ds.field("split") == "train")
```"""
Report = Mapping[str, Any]


def format_card(
    report: Report,
    *,
    name: str,
    files: Mapping[str, str] | None = None,
    licence: str | None = None,
    yanmo_version: str | None = None,
) -> str:
    """The data card of a corpus.

    Args:
        report: the contents of its `report.json`.
        name: what it is called.
        files: pattern of the Parquet files by split; one table of all splits unless told.
        licence: an identifier that the hub knows; `unknown` unless told.
        yanmo_version: with which the corpus was made.
    """
    head = "\n".join(_head(report, name, files or {"all_splits": "part-*.parquet"}, licence))
    body = "\n".join(_body(report, name, yanmo_version))
    return f"---\n{head}\n---\n\n{body.rstrip()}\n"


def write_card(report: Report, out_dir: Path, *, yanmo_version: str | None = None) -> None:
    """Write the data card into a corpus folder; it is called after the run that it belongs to."""
    name = name_of_corpus(out_dir)
    text = format_card(report, name=name, yanmo_version=yanmo_version)
    write_atomically(out_dir / CARD_NAME, text)


def name_of_corpus(directory: Path) -> str:
    """The name of a corpus folder: that of its run, where it is called `corpus` in one."""
    resolved = directory.resolve()
    return resolved.parent.name if resolved.name == "corpus" else resolved.name


def _head(
    report: Report, name: str, files: Mapping[str, str], licence: str | None
) -> Iterator[str]:
    """The YAML head. Strings are written as JSON, which YAML reads."""
    yield f"pretty_name: {json.dumps(name, ensure_ascii=False)}"
    if languages := _languages(report):
        yield "language:"
        yield from (f"- {json.dumps(language)}" for language in languages)
    yield f"license: {json.dumps(licence or 'unknown')}"
    yield "size_categories:"
    yield f"- {_size_category(report['kept']['documents'])}"
    yield "task_categories:"
    yield "- text-generation"
    yield "tags:"
    yield "- yanmo"
    yield "configs:"
    yield "- config_name: default"
    yield "  data_files:"
    for split, pattern in files.items():
        yield f"  - split: {split}"
        yield f"    path: {json.dumps(pattern)}"
    yield "dataset_info:"
    yield "  config_name: default"
    yield "  features:"
    for column in DOCUMENT_SCHEMA.names:
        yield f"  - name: {column}"
        yield "    dtype: string"


def _languages(report: Report) -> list[str]:
    """Codes of the languages that make up at least one per cent of the bytes, the largest first."""
    rows = [row for row in report.get("languages", ()) if row["name"] is not None]
    total = report["kept"]["bytes"]
    large = [row for row in rows if row["kept"]["bytes"] >= _MIN_LANGUAGE_FRAC * total > 0]
    return [row["name"] for row in sorted(large, key=lambda row: -row["kept"]["bytes"])]


def _size_category(documents: int) -> str:
    return next((name for limit, name in _SIZES if documents < limit), "n>1T")


def _body(report: Report, name: str, yanmo_version: str | None) -> Iterator[str]:
    yield f"# {_plain(name)}\n"
    yield _summary(report) + "\n"
    if yanmo_version:
        made = t(
            "Made with yanmo {version}; `report.json` holds every figure below.",
            version=yanmo_version,
        )
        yield made + "\n"
    yield from _section(t("What it is made of"), _composition(report))
    yield from _section(t("How it was made"), _processing(report))
    yield from _section(t("What was left out"), _left_out(report))
    yield from _section(t("Repetition and diversity"), _diversity(report))
    yield from _section(t("Personal data"), _privacy(report))
    yield from _section(t("How to load it"), _loading())
    yield from _section(t("Known gaps"), _gaps(report))


def _section(title: str, content: Iterator[str]) -> Iterator[str]:
    yield f"## {title}\n"
    for paragraph in content:
        yield f"{paragraph}\n"


def _summary(report: Report) -> str:
    kept = report["kept"]
    return t(
        "{documents:,} documents, {characters:,} characters, {bytes:,} bytes of text "
        "({size}), cleaned from {read:,} documents that were read.",
        documents=kept["documents"],
        characters=kept["characters"],
        bytes=kept["bytes"],
        size=size_text(kept["bytes"]),
        read=report["read"]["documents"],
    )


def _composition(report: Report) -> Iterator[str]:
    for key, title in (
        ("sources", t("source")),
        ("languages", t("language")),
        ("domains", t("domain")),
    ):
        rows = report.get(key, ())
        if any(row["name"] is not None for row in rows):
            kept = [(row["name"], row.get("kept", row)) for row in rows]
            yield _volumes(title, [pair for pair in kept if pair[1]["documents"]], report)
    yield _volumes(t("split"), list(report["splits"].items()), report)
    if repeated := report.get("repeated", {}).get("documents"):
        yield t(
            "The mixture writes {documents:,} further copies of documents of the train split.",
            documents=repeated,
        )


def _volumes(title: str, rows: Sequence[tuple[str | None, Report]], report: Report) -> str:
    ordered = sorted(rows, key=lambda row: -row[1]["bytes"])
    total = report["kept"]["bytes"]
    lines = [
        [
            t("unknown") if name is None else _plain(name),
            f"{amount['documents']:,}",
            f"{amount['characters']:,}",
            f"{amount['bytes']:,}",
            share_text(amount["bytes"] / total if total else None),
        ]
        for name, amount in ordered[:_MAX_ROWS]
    ]
    head = [title, t("documents"), t("characters"), t("bytes"), t("of the text")]
    return _markdown_table(head, lines)


def _processing(report: Report) -> Iterator[str]:
    """The steps in their order: what each changed and dropped."""
    rejected: dict[str, int] = {}
    for reason in report["reasons"]:
        rejected[reason["step"]] = rejected.get(reason["step"], 0) + reason["documents"]
    changed = {entry["step"]: entry["documents"] for entry in report.get("changed", ())}
    names = dict.fromkeys((*report.get("steps", ()), *changed, *rejected))
    yield t("The steps, in the order in which they ran:")
    lines = [
        [f"`{_plain(name)}`", f"{changed.get(name, 0):,}", f"{rejected.get(name, 0):,}"]
        for name in names
    ]
    yield _markdown_table(
        [t("processing step"), t("documents changed"), t("documents dropped")], lines
    )


def _left_out(report: Report) -> Iterator[str]:
    read, rejected = report["read"]["documents"], report["rejected"]["documents"]
    yield t(
        "{rejected:,} documents ({share}) were dropped; {kept:,} + {rejected:,} = {read:,}.",
        rejected=rejected,
        share=share_text(rejected / read if read else None),
        kept=report["kept"]["documents"],
        read=read,
    )
    if report["reasons"]:
        lines = [
            [
                f"`{_plain(reason['step'])}`",
                f"`{_plain(reason['reason'])}`",
                f"{reason['documents']:,}",
                share_text(reason["documents"] / read if read else None),
                f"{reason['bytes']:,}",
            ]
            for reason in sorted(report["reasons"], key=lambda reason: -reason["documents"])
        ]
        head = [t("processing step"), t("reason"), t("documents"), t("of those read"), t("bytes")]
        yield _markdown_table(head, lines)
    yield t(
        "Files and records that could not be read: {count:,}.", count=report["unreadable_count"]
    )


def _diversity(report: Report) -> Iterator[str]:
    duplicates = report.get("duplicates", {})
    if duplicates.get("frac") is not None:
        yield t(
            "{documents:,} documents ({share} of those read) were copies of others.",
            documents=duplicates["documents"],
            share=share_text(duplicates["frac"]),
        )
    diversity = report.get("diversity")
    if not diversity:
        return
    yield t(
        "Diversity score {score} (0 to 1): {novelty} of its phrases of {n} words are not "
        "repeated in it; {distinct:,} different words among {words:,}.",
        score=f"{diversity['score']:.3f}",
        novelty=share_text(diversity["novelty"]),
        n=diversity["phrase_words"],
        distinct=diversity["distinct_words"],
        words=diversity["words"],
    )


def _privacy(report: Report) -> Iterator[str]:
    privacy = report.get("privacy")
    if not privacy:
        yield t("Nothing was masked: the recipe did not ask for it. Expect personal data.")
        return
    yield t(
        "{total:,} pieces of personal data were masked in {documents:,} documents, {rate} in a "
        "million characters. What the patterns did not recognise is still there.",
        total=privacy["total"],
        documents=privacy["documents"],
        rate=figure_text(privacy["per_million_characters"]),
    )
    if privacy["counts"]:
        lines = [[f"`{_plain(name)}`", f"{n:,}"] for name, n in privacy["counts"].items()]
        yield _markdown_table([t("type"), t("masked")], lines)


def _loading() -> Iterator[str]:
    yield t(
        "The column `split` says which documents are for training, validation and test; all of "
        "them lie in the same files."
    )
    yield _LOADING


def _gaps(report: Report) -> Iterator[str]:
    """What this card cannot say."""
    gaps = [t("The licences of the sources are theirs; nothing here checks them.")]
    for key, sentence in (
        ("languages", t("The language of {share} of the text is not known.")),
        ("domains", t("The domain of {share} of the text is not known.")),
    ):
        unknown = [row for row in report.get(key, ()) if row["name"] is None]
        unknown_bytes = sum(row["kept"]["bytes"] for row in unknown)
        if unknown_bytes and report["kept"]["bytes"]:
            share = share_text(unknown_bytes / report["kept"]["bytes"])
            gaps.append(sentence.format(share=share))
    gaps.append(
        t("Who wrote the texts, where and for whom, was not measured; nor were bias and truth.")
    )
    sample = (report.get("diversity") or {}).get("sample")
    if sample and sample["words"] < sample["wanted_words"]:
        gaps.append(
            t(
                "Vocabulary and entropy were measured on {words:,} words, fewer than the "
                "{wanted:,} that make corpora comparable.",
                words=sample["words"],
                wanted=sample["wanted_words"],
            )
        )
    yield "\n".join(f"- {gap}" for gap in gaps)


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _plain(text: str) -> str:
    """Text of the user on one line, harmless inside a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("`", "'").replace("<", "&lt;")
