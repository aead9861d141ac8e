"""datatrove's near duplicates in four stages, 5-grams and 14 x 8; run by `corpus_minhash.py`.

    python datatrove_minhash.py IN OUT LANGUAGE WORDS WORKERS

IN is a folder of JSONL files, one for each worker; what is kept comes into OUT/kept. WORDS is
`shipped` for the words of datatrove's own splitter for the language, or `regex` for runs of letters
and digits and single Han characters. Needs datatrove and, for `shipped`, spaCy or jieba.
"""

import re
import sys
from pathlib import Path

import xxhash
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.word_tokenizers import WordTokenizer

_hash_bytes = xxhash.xxh64_intdigest
# xxhash 4 takes no str, which datatrove hands it; the bytes are those that xxhash 3 made of it.
xxhash.xxh64_intdigest = lambda data: _hash_bytes(data.encode())

WORD = re.compile(r"[㐀-鿿]|[^\W㐀-鿿]+")


class RegexWords(WordTokenizer):
    """Words by one regular expression."""

    def word_tokenize(self, text: str) -> list[str]:
        return WORD.findall(text)

    def sent_tokenize(self, text: str) -> list[str]:
        return text.splitlines()

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in WORD.finditer(text)]


def main() -> None:
    """All four stages."""
    folder, out, language, words, workers = sys.argv[1:]
    signatures, buckets, removed = (f"{out}/{name}" for name in ("sigs", "buckets", "remove"))
    config = MinhashConfig()
    splitter = RegexWords() if words == "regex" else {"en": "eng", "zh": "zho"}[language]
    num_files = len(list(Path(folder).glob("*.jsonl")))

    def run(name: str, steps: list, tasks: int) -> None:
        LocalPipelineExecutor(
            steps,
            tasks=tasks,
            workers=min(int(workers), tasks),
            logging_dir=f"{out}/logs/{name}",
            start_method="fork",  # the time of such processes can be counted, and they start faster
        ).run()

    signature = MinhashDedupSignature(signatures, config, language=splitter)
    run("signatures", [JsonlReader(folder), signature], num_files)
    run("buckets", [MinhashDedupBuckets(signatures, buckets, config=config)], config.num_buckets)
    run("cluster", [MinhashDedupCluster(buckets, removed, config=config)], 1)
    writer = JsonlWriter(f"{out}/kept", compression=None)
    run("keep", [JsonlReader(folder), MinhashDedupFilter(removed), writer], num_files)


if __name__ == "__main__":
    main()
