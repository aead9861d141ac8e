"""datatrove from web archives to tokens, with the settings of FineWeb; run by `corpus_speed.py`.

    python datatrove_web.py ARCHIVES OUT TOKENIZER_JSON WORKERS

Steps: WARC reader, trafilatura, Gopher repetition and quality, C4 lines without the terminal
punctuation rule, FineWeb quality, MinHash in four stages, tokens. Needs datatrove[processing,io]
and spaCy.
"""

import json
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
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.readers import JsonlReader, WarcReader
from datatrove.pipeline.tokens import DocumentTokenizer
from datatrove.pipeline.writers import JsonlWriter

_hash_bytes = xxhash.xxh64_intdigest
# xxhash 4 takes no str, which datatrove hands it; the bytes are those that xxhash 3 made of it.
xxhash.xxh64_intdigest = lambda data: _hash_bytes(data.encode() if isinstance(data, str) else data)

archives, out, tokenizer, workers = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
clean, minhash, unique = out / "clean", out / "minhash", out / "unique"
config = MinhashConfig()


def run(name: str, steps: list, tasks: int) -> None:
    """One stage of the pipeline."""
    LocalPipelineExecutor(
        steps,
        tasks=tasks,
        workers=min(workers, tasks),
        logging_dir=str(out / "logs" / name),
        start_method="fork",  # so that the processor time of the workers is counted
    ).run()


if __name__ == "__main__":
    run(
        "clean",
        [
            WarcReader(archives, glob_pattern="*.warc.gz"),
            Trafilatura(favour_precision=True, timeout=60),
            GopherRepetitionFilter(),
            GopherQualityFilter(),
            C4QualityFilter(filter_no_terminal_punct=False),
            FineWebQualityFilter(),
            JsonlWriter(str(clean), compression=None),
        ],
        workers,
    )
    signatures, buckets, removed = minhash / "sigs", minhash / "buckets", minhash / "remove"
    run(
        "signatures",
        [JsonlReader(str(clean)), MinhashDedupSignature(str(signatures), config)],
        workers,
    )
    run(
        "buckets",
        [MinhashDedupBuckets(str(signatures), str(buckets), config=config)],
        config.num_buckets,
    )
    run("cluster", [MinhashDedupCluster(str(buckets), str(removed), config=config)], 1)
    run(
        "unique",
        [
            JsonlReader(str(clean)),
            MinhashDedupFilter(str(removed)),
            JsonlWriter(str(unique), compression=None),
        ],
        workers,
    )
    run(
        "tokens",
        [
            JsonlReader(str(unique)),
            DocumentTokenizer(str(out / "tokens"), tokenizer, shuffle_documents=False),
        ],
        workers,
    )
    kept = sum(1 for path in unique.glob("*.jsonl") for _ in path.open())
    files = list((out / "tokens").glob("*.ds"))
    print(json.dumps({"kept": kept, "tokens": sum(f.stat().st_size for f in files) // 2}))
