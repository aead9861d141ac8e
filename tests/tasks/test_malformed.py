"""Malformed input of every sort: each gets a message that names the file, the row and the fault.

`CASES` is the list; a kind of task adds its own rows.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from tests.tasks.malformed import Malformed, jsonl, parquet, write
from tests.tasks.malformed_texts import TEXT_CASES

from yanmo.core.errors import DataError
from yanmo.tasks.build import open_task
from yanmo.tasks.config import TaskConfig

CLASSES = {"kind": "classification", "train": "train.jsonl"}
GOOD = jsonl({"text": "good", "label": "yes"}, {"text": "bad", "label": "no"})
TABLE = {"kind": "classification", "train": "train.csv"}
SIMILARITY = {"kind": "similarity", "train": "train.csv"}
TAGS = {"kind": "entities", "train": "train.conll"}
CHOICES = {"kind": "choices", "test": "test.jsonl"}
BROKEN_UTF8 = ("好的\t是\n" * 40).encode() + b"ab\xff\t\xe6\x98\xaf\n"
TRUNCATED = gzip.compress((b"x" * 99 + b"\n") * 200, compresslevel=0)[:5065]  # stored as it is

CASES = [
    Malformed(
        "an unknown label",
        {**CLASSES, "test": "test.jsonl"},
        {
            "train.jsonl": GOOD,
            "test.jsonl": GOOD + jsonl({"text": "so so", "label": "yess"}),
        },
        "test.jsonl",
        3,
        "unknown label 'yess' (the labels are: no, yes)",
        "Did you mean 'yes'?",
    ),
    Malformed(
        "a label that is not among those of the section",
        {**CLASSES, "labels": ["yes", "no"]},
        {"train.jsonl": GOOD + jsonl({"text": "so so", "label": "maybe"})},
        "train.jsonl",
        3,
        "unknown label 'maybe'",
    ),
    Malformed(
        "an empty label",
        CLASSES,
        {"train.jsonl": GOOD + jsonl({"text": "so so", "label": ""})},
        "train.jsonl",
        3,
        "column 'label' is empty",
    ),
    Malformed(
        "a text that is null",
        CLASSES,
        {"train.jsonl": GOOD + jsonl({"text": None, "label": "yes"})},
        "train.jsonl",
        3,
        "column 'text' is empty",
    ),
    Malformed(
        "a text that is a number",
        CLASSES,
        {"train.jsonl": GOOD + jsonl({"text": 4.5, "label": "yes"})},
        "train.jsonl",
        3,
        "column 'text' holds 4.5, not a text",
    ),
    Malformed(
        "a row without a column",
        CLASSES,
        {"train.jsonl": GOOD + jsonl({"txt": "so so", "label": "yes"})},
        "train.jsonl",
        3,
        "there is no column 'text' (the columns are: txt, label)",
        "Did you mean 'txt'?",
    ),
    Malformed(
        "half a surrogate pair",
        CLASSES,
        {"train.jsonl": GOOD + '{"text": "a \\ud83d", "label": "yes"}\n'},
        "train.jsonl",
        3,
        "column 'text' holds half of a surrogate pair",
    ),
    Malformed(
        "a broken JSON line",
        CLASSES,
        {"train.jsonl": GOOD + '{"text": "so so", "label": }\n'},
        "train.jsonl",
        3,
        "broken JSON: Expecting value at character 28",
    ),
    Malformed(
        "a JSON line that is no object",
        CLASSES,
        {"train.jsonl": GOOD + '["so so", "yes"]\n'},
        "train.jsonl",
        3,
        "the row is ['so so', 'yes'], not an object",
    ),
    Malformed(
        "broken JSON in an array over several lines",
        {"kind": "classification", "train": "train.json"},
        {"train.json": '[{"text": "a", "label": "yes"},\n {"text": "b" "label": "no"}]'},
        "train.json",
        2,
        "broken JSON: Expecting ',' delimiter at character 15",
    ),
    Malformed(
        "a missing column",
        TABLE,
        {"train.csv": "text,lable\ngood,yes\nbad,no\n"},
        "train.csv",
        1,
        "there is no column 'label' (the columns are: text, lable)",
        "Did you mean 'lable'?",
    ),
    Malformed(
        "a column that stands twice",
        TABLE,
        {"train.csv": "text,label,text\ngood,yes,x\n"},
        "train.csv",
        1,
        "column 'text' stands twice",
    ),
    Malformed(
        "a CSV row with too many fields",
        TABLE,
        {"train.csv": "text,label\ngood,yes\nbad, really,no\n"},
        "train.csv",
        3,
        "the row has 3 fields, the table has 2",
        "A separator inside a field",
    ),
    Malformed(
        "a TSV row with too few fields",
        {"kind": "classification", "train": "train.tsv"},
        {"train.tsv": "text\tlabel\ngood\tyes\nbad\n"},
        "train.tsv",
        3,
        "the row has 1 field, the table has 2",
        "A line feed inside a field",
    ),
    Malformed(
        "a quotation mark that is never closed",
        TABLE,
        {"train.csv": 'text,label\ngood,yes\n"bad,no\nso so,yes\n'},
        "train.csv",
        3,
        "broken table row",
    ),
    Malformed(
        "a table without rows",
        TABLE,
        {"train.csv": "text,label\n"},
        "train.csv",
        None,
        "the table has no rows",
    ),
    Malformed(
        "GB18030 instead of UTF-8",
        TABLE,
        {
            "train.csv": b"text,label\nok,yes\n"
            + "床前明月光，疑是地上霜。举头望明月，低头思故乡。,no\n".encode("gb18030")
        },
        "train.csv",
        3,
        "byte 0xb4 at position 19 is not UTF-8 (the file is likely GB18030)",
        "iconv -f GB18030 -t UTF-8",
    ),
    Malformed(
        "UTF-16 instead of UTF-8",
        TABLE,
        {"train.csv": "text,label\ngood,yes\n".encode("utf-16")},
        "train.csv",
        1,
        "is not UTF-8 (the file is likely UTF-16)",
    ),
    Malformed(
        "one damaged character",
        {**TABLE, "train": "train.tsv", "has_header": False},
        {"train.tsv": BROKEN_UTF8},
        "train.tsv",
        41,
        "is not UTF-8 (the rest of the file reads as UTF-8, so this row is damaged)",
    ),
    Malformed(
        "a truncated gzip",
        {"kind": "text", "test": "test.txt.gz"},
        {"test.txt.gz": TRUNCATED},
        "test.txt.gz",
        51,
        "the compressed file is truncated",
    ),
    Malformed("an empty file", CLASSES, {"train.jsonl": ""}, "train.jsonl", None, "is empty"),
    Malformed(
        "a missing file",
        CLASSES,
        {"trian.jsonl": GOOD},
        "train.jsonl",
        None,
        "this file does not exist",
        "Did you mean 'trian.jsonl'?",
    ),
    Malformed(
        "a broken Parquet file",
        {"kind": "classification", "train": "train.parquet"},
        {"train.parquet": b"PAR1 and no more"},
        "train.parquet",
        None,
        "broken Parquet",
    ),
    Malformed(
        "an empty text in a Parquet file",
        {"kind": "classification", "train": "train.parquet"},
        {"train.parquet": parquet(text=["good", " "], label=["yes", "no"])},
        "train.parquet",
        2,
        "column 'text' is empty",
    ),
    Malformed(
        "one class only",
        TABLE,
        {"train.csv": "text,label\ngood,yes\nfine,yes\n"},
        "train.csv",
        None,
        "all rows have the same label, 'yes'",
    ),
    Malformed(
        "a score outside the range",
        SIMILARITY,
        {"train.csv": "text,second,score\na,b,3\na,c,5.1\n"},
        "train.csv",
        3,
        "score 5.1 is outside 0.0 to 5.0",
    ),
    Malformed(
        "a score that is no number",
        SIMILARITY,
        {"train.csv": "text,second,score\na,b,three\n"},
        "train.csv",
        2,
        "column 'score' holds 'three', not a number",
    ),
    Malformed(
        "a score that is not finite",
        SIMILARITY,
        {"train.csv": "text,second,score\na,b,nan\n"},
        "train.csv",
        2,
        "column 'score' holds 'nan', not a number",
    ),
    Malformed(
        "a tag that is none",
        TAGS,
        {"train.conll": "Ada\tB-PER\nLovelace\tPER\n\nLondon\tB-LOC\n"},
        "train.conll",
        2,
        "'PER' is no tag: known are O, B-TYPE, I-TYPE",
    ),
    Malformed(
        "I-PER after O",
        TAGS,
        {"train.conll": "in\tO\nLondon\tB-LOC\n\nby\tO\nAda\tI-PER\n"},
        "train.conll",
        5,
        "tag 'I-PER' cannot follow 'O'",
        "repair_tags = true",
    ),
    Malformed(
        "I-PER after B-LOC",
        TAGS,
        {"train.conll": "London\tB-LOC\nAda\tI-PER\n"},
        "train.conll",
        2,
        "tag 'I-PER' cannot follow 'B-LOC'",
    ),
    Malformed(
        "an entity of BMES that does not end",
        {**TAGS, "scheme": "bmes", "language": "zh"},
        {"train.conll": "高 B-NAME\n勇 M-NAME\n\n男 O\n"},
        "train.conll",
        2,
        "the entity of tag 'M-NAME' does not end",
    ),
    Malformed(
        "a type that was not learned",
        {**TAGS, "test": "test.conll"},
        {"train.conll": "Ada\tB-PER\n", "test.conll": "in\tO\nRome\tB-LOC\n"},
        "test.conll",
        2,
        "unknown type 'LOC' (the types are: PER)",
    ),
    Malformed(
        "a token without a tag",
        TAGS,
        {"train.conll": "Ada\tB-PER\nLovelace\n"},
        "train.conll",
        2,
        "the line has 1 column, those before have 2",
    ),
    Malformed(
        "more tokens than tags",
        {"kind": "entities", "train": "train.jsonl"},
        {"train.jsonl": jsonl({"tokens": ["Ada", "L"], "tags": ["B-PER"]})},
        "train.jsonl",
        1,
        "2 tokens but 1 tag",
    ),
    Malformed(
        "tags as numbers without names",
        {"kind": "entities", "train": "train.jsonl"},
        {"train.jsonl": jsonl({"tokens": ["Ada", "L"], "tags": [1, 2]})},
        "train.jsonl",
        1,
        "the tags are numbers: [1, 2]",
        "tag_names",
    ),
    Malformed(
        "an answer that is no choice",
        CHOICES,
        {"test.jsonl": jsonl({"context": "2 + 2 =", "choices": ["3", "4"], "answer": 2})},
        "test.jsonl",
        1,
        "answer 2 is none of the choices (there are 2: ['3', '4'])",
    ),
    Malformed(
        "one choice only",
        CHOICES,
        {"test.jsonl": jsonl({"context": "2 + 2 =", "choices": ["4"], "answer": 0})},
        "test.jsonl",
        1,
        "there is one choice only",
    ),
    Malformed(
        "choices that are no list",
        CHOICES,
        {"test.jsonl": jsonl({"context": "2 + 2 =", "choices": 4, "answer": 0})},
        "test.jsonl",
        1,
        "column 'choices' holds 4, not a list of texts",
    ),
    Malformed(
        "a text without keywords",
        {"kind": "keywords", "test": "test.csv"},
        {"test.csv": "text,keywords\nAn abstract.,;;\n"},
        "test.csv",
        2,
        "the text has no keywords",
    ),
    *TEXT_CASES,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.fault.replace(" ", "-"))
def test_the_message_names_file_row_and_fault(case: Malformed, tmp_path: Path) -> None:
    write(tmp_path, case.files)
    config: TaskConfig = TypeAdapter(TaskConfig).validate_python(case.config)
    task = open_task("mine", config, tmp_path)
    with pytest.raises(DataError) as caught:
        for split in task.splits:
            task.examples(split)
    message = str(caught.value)
    assert case.says in message
    assert case.hint in message
    where = caught.value.where or ""
    assert where.startswith(str(tmp_path / case.file))
    if case.row is not None:
        assert where == f"{tmp_path / case.file}, row {case.row}"


def test_there_are_at_least_twenty_sorts() -> None:
    assert len({case.fault for case in CASES}) == len(CASES) >= 20
    assert sum(case.row is not None for case in CASES) >= 20
