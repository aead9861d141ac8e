"""Parallel text: pairs stay pairs, whatever is wrong with the files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from yanmo.core.errors import DataError
from yanmo.corpus.sources.pairs_config import ParallelSource
from yanmo.corpus.sources.parallel import fingerprint_parallel, list_parallel, read_parallel
from yanmo.corpus.sources.reading import Item, RawDocument, Unreadable

ENGLISH = ["Grind the ink.", "Add water.", "Write slowly."]
CHINESE = ["研墨。", "加水。", "慢慢写。"]


def read(config: ParallelSource) -> list[Item]:
    """Everything that the files of a source give."""
    files = [file for listing in list_parallel(config) for file in listing.files]
    return [item for file in files for item in read_parallel(file, config)]


def moses(folder: Path, one: bytes, other: bytes, **settings: object) -> ParallelSource:
    """A source of two files."""
    (folder / "a.en").write_bytes(one)
    (folder / "a.zh").write_bytes(other)
    paths = [[str(folder / "a.en"), str(folder / "a.zh")]]
    return ParallelSource.model_validate({"paths": paths, "languages": ["en", "zh"], **settings})


def lines(sentences: list[str], codec: str = "utf-8") -> bytes:
    return "\n".join([*sentences, ""]).encode(codec)


def test_each_pair_becomes_a_document(tmp_path: Path) -> None:
    documents = read(moses(tmp_path, lines(ENGLISH), lines(CHINESE)))
    assert [document.text for document in documents] == [
        f"{one}\n{other}" for one, other in zip(ENGLISH, CHINESE, strict=True)
    ]
    assert all(document.language == "mul" for document in documents)
    assert [document.metadata["line"] for document in documents] == [0, 1, 2]
    assert documents[1].metadata["pairs"] == [["Add water.", "加水。"]]
    assert documents[1].metadata["languages"] == ["en", "zh"]


def test_blocks_of_pairs_and_labels(tmp_path: Path) -> None:
    config = moses(
        tmp_path, lines(ENGLISH), lines(CHINESE),
        pairs_per_document=2, layout="labelled", keep_sides=False,
    )  # fmt: skip
    first, last = read(config)
    assert first.text == "en: Grind the ink.\nzh: 研墨。\n\nen: Add water.\nzh: 加水。"
    assert last.text == "en: Write slowly.\nzh: 慢慢写。"
    assert "pairs" not in first.metadata


@pytest.mark.parametrize("is_packed", [False, True])
def test_misaligned_files_are_an_error_that_names_both_counts(
    tmp_path: Path, is_packed: bool
) -> None:
    one, other = lines(ENGLISH), lines(CHINESE[:2])
    config = moses(tmp_path, one, other)
    if is_packed:
        for name, data in (("a.en.gz", one), ("a.zh.gz", other)):
            (tmp_path / name).write_bytes(gzip.compress(data))
        paths = [[str(tmp_path / "a.en.gz"), str(tmp_path / "a.zh.gz")]]
        config = ParallelSource(paths=paths, languages=["en", "zh"])
    with pytest.raises(DataError, match=r"has 3 lines .* has 2"):
        list_parallel(config)


def test_a_missing_last_line_end_makes_no_difference(tmp_path: Path) -> None:
    config = moses(tmp_path, lines(ENGLISH).rstrip(b"\n"), lines(CHINESE))
    assert len(read(config)) == 3


def test_a_bad_line_costs_its_pair_only(tmp_path: Path) -> None:
    config = moses(
        tmp_path, b"Grind the ink.\nA\xff\xfe\nWrite slowly.\n", lines(CHINESE), encoding="utf-8"
    )
    items = read(config)
    assert [item.text for item in items if isinstance(item, RawDocument)] == [
        "Grind the ink.\n研墨。",
        "Write slowly.\n慢慢写。",
    ]
    [bad] = [item for item in items if isinstance(item, Unreadable)]
    assert bad.offset == 1 and bad.file.endswith("a.zh")


def test_empty_sides_are_counted_and_keep_the_others_aligned(tmp_path: Path) -> None:
    config = moses(tmp_path, b"one\n\nthree\n", "一\n二\n三\n".encode())
    items = read(config)
    assert [type(item) for item in items] == [RawDocument, Unreadable, RawDocument]
    assert items[2].text == "three\n三"


def test_encodings_may_differ_between_the_sides(tmp_path: Path) -> None:
    config = moses(tmp_path, lines(ENGLISH, "utf-16"), lines(CHINESE * 20, "gb18030"))
    with pytest.raises(DataError, match="has 3 lines"):
        list_parallel(config)
    config = moses(tmp_path, lines(ENGLISH * 20, "utf-16"), lines(CHINESE * 20, "gb18030"))
    documents = read(config)
    assert len(documents) == 60
    assert documents[59].text == "Write slowly.\n慢慢写。"


def test_a_truncated_file_gives_the_pairs_before_the_damage(tmp_path: Path) -> None:
    many = [f"sentence {number} {number * 7919}" for number in range(5000)]
    data = gzip.compress(lines(many))
    (tmp_path / "a.en.gz").write_bytes(data[: len(data) // 2])
    (tmp_path / "a.de").write_bytes(lines(many))
    paths = [[str(tmp_path / "a.en.gz"), str(tmp_path / "a.de")]]
    items = read(ParallelSource(paths=paths, languages=["en", "de"]))
    documents = [item for item in items if isinstance(item, RawDocument)]
    assert len(documents) > 1000
    assert all(len(set(document.text.split("\n"))) == 1 for document in documents)
    assert isinstance(items[-1], Unreadable)


def test_columns_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("1\tone\t一\n2\ttwo\n3\tthree\t三\textra\n", encoding="utf-8")
    config = ParallelSource(paths=[[str(path)]], languages=["en", "zh"], columns=[1, 2])
    items = read(config)
    assert [type(item) for item in items] == [RawDocument, Unreadable, RawDocument]
    assert items[0].text == "one\n一"
    assert "2 columns" in items[1].error


def test_a_file_may_stand_in_two_pairs(tmp_path: Path) -> None:
    for name, text in (("a.en", "one\n"), ("a.de", "eins\n"), ("a.fr", "un\n")):
        (tmp_path / name).write_text(text)
    paths = [[str(tmp_path / "a.en"), str(tmp_path / end)] for end in ("a.de", "a.fr")]
    items = read(ParallelSource(paths=paths, languages=["en", "xx"]))
    assert [item.text for item in items] == ["one\neins", "one\nun"]


def test_a_change_of_either_file_changes_the_fingerprint(tmp_path: Path) -> None:
    config = moses(tmp_path, lines(ENGLISH), lines(CHINESE))
    before = list(fingerprint_parallel(config))
    (tmp_path / "a.zh").write_bytes(lines(["别的", *CHINESE[1:]]))
    assert len(before) == 2
    assert list(fingerprint_parallel(config)) != before


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    config = ParallelSource(paths=[[str(tmp_path / "none.tsv")]], languages=["en", "zh"])
    with pytest.raises(DataError, match="does not exist"):
        list_parallel(config)


def test_real_pairs(shared_data: Path) -> None:
    folder = shared_data / "translation"
    flickr = folder / "multi30k-en-de"
    config = ParallelSource(
        paths=[[str(flickr / "val.en.gz"), str(flickr / "val.de.gz")]], languages=["en", "de"]
    )
    documents = read(config)
    assert len(documents) == 1014
    assert all(isinstance(document, RawDocument) for document in documents)
    ted = ParallelSource(
        paths=[[str(folder / "ted-en-zh" / "parallel_corpus_en_zh.txt.gz")]],
        languages=["en", "zh"], pairs_per_document=10,
    )  # fmt: skip
    items = read(ted)
    pairs = sum(len(i.metadata["pairs"]) for i in items if isinstance(i, RawDocument))
    assert pairs + sum(isinstance(item, Unreadable) for item in items) == 20_000
    assert pairs > 19_900
