"""datatrove's quality filters from JSONL to JSONL in one process; run by `corpus_rules.py`.

    python datatrove_rules.py INPUT OUT {shipped,regex} LANGUAGE NUM_DOCUMENTS PATTERNS

`regex` puts regular expressions in the place of its word and sentence splitters; PATTERNS is a JSON
file with both. Prints the seconds of the filters with reading and writing, without imports and
without loading a tokenizer. Needs datatrove[io] and, as shipped, spaCy (jieba for Chinese).
"""

import json
import re
import resource
import sys
import time
from pathlib import Path

from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils import word_tokenizers

source, out, words, language, limit, patterns = sys.argv[1:]
quality: dict = {}
fineweb: dict = {}
if language == "cmn":  # thresholds for words of one character or two, and lines to match
    quality = {"min_avg_word_length": 1, "stop_words": ["的", "是", "在", "不", "有", "了"]}
    fineweb = {"short_line_length": 10}


class RegexWords:
    """Words and sentences by regular expression."""

    def __init__(self):
        found = json.loads(Path(patterns).read_text(encoding="utf-8"))
        self.word, self.sentence_end = re.compile(found["word"]), re.compile(found["sentence_end"])

    def word_tokenize(self, text):
        return self.word.findall(text)

    def span_tokenize(self, text):
        ends = [*(match.end() for match in self.sentence_end.finditer(text)), len(text)]
        return list(zip([0, *ends[:-1]], ends, strict=True))


def run():
    """The filters of FineWeb, each with its folder of excluded documents."""
    reader = JsonlReader(str(Path(source).parent), glob_pattern=Path(source).name, limit=int(limit))
    filters = [
        GopherRepetitionFilter(exclusion_writer=writer("repetition"), language=language),
        GopherQualityFilter(exclusion_writer=writer("quality"), language=language, **quality),
        C4QualityFilter(
            exclusion_writer=writer("c4"),
            filter_no_terminal_punct=False,
            min_words_per_line=-1 if language == "cmn" else 3,
            language=language,
        ),
        FineWebQualityFilter(exclusion_writer=writer("fineweb"), language=language, **fineweb),
    ]
    warm_up = Document(text="One sentence to load what is loaded late. And one more.", id="0")
    for one in filters:
        one.filter(warm_up)
    began, began_cpu = time.perf_counter(), cpu_seconds()
    documents = reader.run()
    for one in filters:
        documents = one.run(documents)
    for _ in JsonlWriter(f"{out}/kept", compression=None).run(documents):
        pass
    return {"wall_s": time.perf_counter() - began, "cpu_s": cpu_seconds() - began_cpu}


def writer(name):
    return JsonlWriter(f"{out}/{name}", compression=None)


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    if words == "regex":
        splitter = RegexWords()
        word_tokenizers.load_word_tokenizer = lambda _language: splitter
    print(json.dumps(run()))
