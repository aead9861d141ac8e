"""Text for the recipes `base_en`, `base_zh`, `bilingual_vectors`: JSONL files.

    python bench/pretraining_text.py DATA OUT

Comes in: the data sets below DATA, in the folders that the recipes of tasks name too. Goes out:
`OUT/en.jsonl` and `OUT/zh.jsonl`, a `text` and a `domain` in each line, and on the screen how much
came from where. Of data sets that tasks are measured on, only what falls to their training split is
taken, as the tasks themselves cut it, and no label; those that are measured on alone (XQuAD, CMRC,
C3, LAMBADA, keywords) are left out. What shares a line with validation or test text is left out.

`OUT/bilingual.jsonl` has talks in both languages, and each English line once more with the words of
its Chinese translation among its own, in the order of both: a word stands then beside the words
that may mean the same (Vulic & Moens 2015, section 4, where the order is left to chance).
"""

from __future__ import annotations

import argparse
import gzip
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from yanmo.corpus.segmentation.chinese import segment
from yanmo.tasks.build import open_task
from yanmo.tasks.kinds.classification import ClassificationConfig
from yanmo.tasks.kinds.entities import EntitiesConfig
from yanmo.tasks.kinds.similarity import SimilarityConfig
from yanmo.tasks.kinds.summarisation import SummarisationConfig
from yanmo.tasks.kinds.translation import TranslationConfig
from yanmo.tasks.task import Task

TED = "translation/ted-en-zh"
TASKS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "en": (
        ("classification", "sst", "classification/sst"),
        ("entities", "wnut17", "ner/wnut17"),
        ("similarity", "stsb_en", "similarity/stsb-en-zh"),
        ("summarisation", "dialogsum", "summarisation/dialogsum"),
        ("translation", "multi30k_en_de", "translation/multi30k-en-de"),
        ("translation", "ted_en_zh", TED),
    ),
    "zh": (
        ("classification", "chnsenticorp", "classification/chnsenticorp"),
        ("classification", "thucnews_titles", "classification/thucnews-titles"),
        ("entities", "resume_zh", "ner/resume-zh"),
        ("similarity", "stsb_zh", "similarity/stsb-en-zh"),
        ("summarisation", "csl_titles_zh", "summarisation/csl-titles-zh"),
        ("translation", "ted_en_zh", TED),
    ),
}
"""By language: kind, data set and folder of the tasks whose training text is taken."""
_CONFIGS: dict[str, Any] = {
    "classification": ClassificationConfig,
    "entities": EntitiesConfig,
    "similarity": SimilarityConfig,
    "summarisation": SummarisationConfig,
    "translation": TranslationConfig,
}
LINES_PER_DOCUMENT = 8
"""Sentences of talks follow each other: so many make a document."""


def main() -> None:
    """Make the files."""
    parser = argparse.ArgumentParser(description="Text for base_en, base_zh and bilingual_vectors.")
    parser.add_argument("data", type=Path, help="folder of the published data sets")
    parser.add_argument("out", type=Path, help="folder of the files")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for language, others in (("en", english_texts), ("zh", chinese_texts)):
        tasks = [_open(arguments.data, *names) for names in TASKS[language]]
        held_out = {
            line
            for task in tasks
            for split in task.splits
            if split != "train"
            for example in task.examples(split)
            for text in texts_of(example, language)
            for line in text.splitlines()
        }
        pairs = [pair for task in tasks for pair in train_texts(task, language)]
        pairs += others(arguments.data)
        write(arguments.out / f"{language}.jsonl", pairs, held_out)
    write(arguments.out / "bilingual.jsonl", list(bilingual_texts(arguments.data)), set())


def write(path: Path, pairs: list[tuple[str, str]], held_out: set[str]) -> None:
    """Write domains and texts, each text once, and print how many characters each domain has."""
    characters: Counter[str] = Counter()
    num_left_out = 0
    seen: set[str] = set()
    with path.open("w", encoding="utf-8") as file:
        for domain, text in pairs:
            if text in seen:
                continue
            seen.add(text)
            if any(line in held_out for line in text.splitlines()):
                num_left_out += 1
                continue
            characters[domain] += len(text)
            file.write(json.dumps({"text": text, "domain": domain}, ensure_ascii=False) + "\n")
    print(f"{path}: {sum(characters.values()):,} characters", dict(characters))
    print(f"  {num_left_out} texts left out: they hold a line of a validation or test split")


def train_texts(task: Task, language: str) -> Iterator[tuple[str, str]]:
    """Domain and text of what a task learns from, without its labels."""
    texts = [text for example in task.examples("train") for text in texts_of(example, language)]
    if task.name == "ted_en_zh":
        steps = range(0, len(texts), LINES_PER_DOCUMENT)
        texts = ["\n".join(texts[begin : begin + LINES_PER_DOCUMENT]) for begin in steps]
    for text in texts:
        yield task.name, text.strip()


def texts_of(example: Any, language: str) -> list[str]:
    """The texts of an example that are in the language, without its label."""
    if hasattr(example, "tokens"):
        return [example.joiner.join(example.tokens)]
    if not hasattr(example, "source"):
        return [text for text in (example.text, example.second) if text is not None]
    is_translation = example.id.startswith(("train.", "val.", "test_", "parallel_"))
    if is_translation:
        return [example.source if language == "en" else example.targets[0]]
    return [example.source + "\n" + target for target in example.targets]


def english_texts(data: Path) -> Iterator[tuple[str, str]]:
    """WikiText-2's training articles, a sample of C4, instructions with their answers."""
    with zipfile.ZipFile(data / "text/wikitext-2/wikitext-2-v1.zip") as archive:
        articles = archive.read("wikitext-2/wiki.train.tokens").decode()
    for paragraph in articles.splitlines():
        if len(paragraph) > 40:
            yield "wikitext-2", paragraph.strip().replace(" @-@ ", "-").replace(" @,@ ", ",")
    for record in _records(data / "text/c4-demo/c4_demo.jsonl"):
        yield "c4", record["text"]
    yield from _instructions(data, "alpaca_en_demo.json")
    for record in _records(data / "instructions/dolly-small/dolly_hhrlhf_train_small.jsonl"):
        asked = record["prompt"].partition("### Instruction:\n")[2].partition("\n\n###")[0]
        yield "dolly", f"{asked}\n{record['response']}"
    preferences = gzip.decompress(
        (data / "instructions/preference-demo/dpo_en_demo.json.gz").read_bytes()
    )
    yield from _preferred(json.loads(preferences))


def chinese_texts(data: Path) -> Iterator[tuple[str, str]]:
    """CLUECorpusSmall's sample of web text, instructions with their answers."""
    web = data / "text/clue-corpus-small/CLUECorpusSmall_sampled.txt.gz"
    for line in gzip.decompress(web.read_bytes()).decode().splitlines():
        yield "clue", line.strip()
    yield from _instructions(data, "alpaca_zh_demo.json")
    path = data / "instructions/preference-demo/dpo_zh_demo.json"
    yield from _preferred(json.loads(path.read_text(encoding="utf-8")))


def bilingual_texts(data: Path) -> Iterator[tuple[str, str]]:
    """Talks in English, in Chinese and in both at once; reviews in each."""
    for example in _open(data, "translation", "ted_en_zh", TED).examples("train"):
        yield "talks", example.source
        yield "talks", example.targets[0]
        yield "mixed", interleave(segment(example.source), segment(example.targets[0]))
    for dataset in ("sst", "chnsenticorp"):
        task = _open(data, "classification", dataset, f"classification/{dataset}")
        yield from train_texts(task, "")


def interleave(one: list[str], other: list[str]) -> str:
    """The words of two sentences by their place between the beginning and the end."""
    placed = [
        ((place + 0.5) / len(words), side, word)
        for side, words in enumerate((one, other))
        for place, word in enumerate(words)
    ]
    return " ".join(word for _, _, word in sorted(placed))


def _instructions(data: Path, name: str) -> Iterator[tuple[str, str]]:
    path = data / "instructions/alpaca-demo" / name
    for record in json.loads(path.read_text(encoding="utf-8")):
        parts = (record["instruction"], record["input"], record["output"])
        yield "alpaca", "\n".join(part for part in parts if part)


def _preferred(records: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Questions and the answers that people preferred."""
    for record in records:
        asked = record["conversations"][-1]["value"]
        yield "preferences", f"{asked}\n{record['chosen']['value']}"


def _records(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _open(data: Path, kind: str, dataset: str, folder: str) -> Task:
    fields = {"kind": kind, "dataset": dataset, "folder": folder}
    return open_task(dataset, _CONFIGS[kind].model_validate(fields), data)


if __name__ == "__main__":
    main()
