"""Writes a run directory such as the stages leave behind, without running any of them.

Comes in: a folder, a language for the texts, how many rows of metrics, which stages. Goes out: the
run directory. The numbers are made up but agree with each other, as those of a real run would.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yanmo.core.files import sha256_of_json
from yanmo.core.manifest import write_manifest

STAGES = ("corpus", "tokenizer", "tokens", "pretrain", "evaluate")
_MIB = 1024 * 1024
_STARTED_AT = 1_760_000_000.0
_BATCH_TOKENS = 4096

_TEXTS: dict[str, dict[str, Any]] = {
    "en": {
        "name": "python_docs",
        "sources": [("python_docs", 9_421, 11_904_311), ("my_notes", 2_924, 2_310_877)],
        "scripts": {
            "Latin": 11_482_113,
            "Han": 205_120,
            "Kana": 812,
            "Hangul": 0,
            "Cyrillic": 3_911,
            "Arabic": 440,
            "Other": 8_412,
        },
        "example": "Changed in version 3.8… | next | previous | modules | index",
        "prompts": {
            "def read_lines(path):\n    ": (
                "e the e the in in t e the of e e ee in a the the",
                "return the file of the object.\n\n   The :func:`open` is a string.",
                "with open(path) as file:\n        return [line.rstrip() for line in file]\n\n"
                "    def close(self):\n        self.file.close()",
            ),
            "The with statement": (
                " the t of of the e in the e a the a to e the of the in",
                " is the object is a function of the object. If the object is a list, the",
                " is used to wrap the execution of a block with methods defined by a context "
                "manager. If the body raises an exception, it is called with its details.",
            ),
        },
    },
    "zh": {
        "name": "中文百科",
        "sources": [("维基百科", 9_421, 11_904_311), ("我的笔记", 2_924, 2_310_877)],
        "scripts": {
            "Latin": 168_412,
            "Han": 3_982_113,
            "Kana": 10_812,
            "Hangul": 0,
            "Cyrillic": 3_911,
            "Arabic": 0,
            "Other": 912,
        },
        "example": "本条目需要补充更多来源。[编辑] 上一页 | 下一页 | 返回首页",
        "prompts": {
            "研墨的时候": (
                "的的，的一在。的的是，，的",
                "，他们的一个人，在中国的一个地方。在这个时候，",
                "，水要少而匀，手要轻而稳。古人说“磨墨如病”，意思是磨墨不能心急，墨色才会细腻均匀。",
            ),
            "人工智能是": (
                "的的的在，一是，的。的的",
                "一种的技术，是中国的一个系统，可以用于",
                "计算机科学的一个分支，研究怎样让机器完成通常需要人的智能才能完成的工作。",
            ),
        },
    },
}


def write_run(
    folder: Path,
    *,
    language: str = "en",
    stages: Sequence[str] = STAGES,
    num_rows: int = 400,
    is_resumed: bool = False,
) -> Path:
    """Write a run into `folder` (made where missing) and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = _TEXTS[language]
    (folder / "recipe.toml").write_text(
        f'name = "{texts["name"]}"\n\n[corpus]\nsources = ["docs/**/*.txt"]\n\n'
        f"[pretrain]\nsteps = {num_rows}\n",
        encoding="utf-8",
    )
    hashes: dict[str, str] = {}
    writers = {
        "corpus": _write_corpus,
        "tokenizer": _write_tokenizer,
        "tokens": _write_tokens,
        "evaluate": _write_evaluation,
    }
    for stage in stages:
        directory = folder / stage
        directory.mkdir(exist_ok=True)
        if stage == "pretrain":
            counts = _write_pretrain(directory, texts, num_rows, is_resumed)
        else:
            counts = writers[stage](directory, texts)
        hashes[stage] = _finish(directory, stage, hashes, counts, texts)
    return folder


def _finish(
    directory: Path,
    stage: str,
    hashes: dict[str, str],
    counts: dict[str, Any],
    texts: dict[str, Any],
) -> str:
    made_from = {
        "tokenizer": ("corpus",),
        "tokens": ("corpus", "tokenizer"),
        "pretrain": ("tokens", "tokenizer"),
        "evaluate": ("tokens", "pretrain"),
    }
    inputs = {name: hashes[name] for name in made_from.get(stage, ()) if name in hashes}
    if stage == "corpus":
        inputs = {"sources": sha256_of_json(texts["sources"])}
    timings = {
        "corpus": {"wall_s": 21.4, "cpu_s": 38.0, "peak_memory_bytes": 412 * _MIB},
        "tokenizer": {"wall_s": 6.2, "cpu_s": 11.9, "peak_memory_bytes": 231 * _MIB},
        "tokens": {"wall_s": 2.9, "cpu_s": 4.8, "peak_memory_bytes": 188 * _MIB},
        "pretrain": {"wall_s": 412.0, "cpu_s": 803.0, "peak_memory_bytes": 961 * _MIB},
        "evaluate": {"wall_s": 48.3, "cpu_s": 92.4, "peak_memory_bytes": 540 * _MIB},
    }
    files = [path for path in directory.rglob("*") if path.is_file()]
    manifest = write_manifest(
        directory,
        stage=stage,
        config={},
        inputs=inputs,
        output_files=files,
        counts=counts,
        timings=timings[stage],
        yanmo_version="0.1.0",
    )
    return manifest.content_hash


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def _write_corpus(directory: Path, texts: dict[str, Any]) -> dict[str, Any]:
    def reason(step: str, name: str, documents: int) -> dict[str, Any]:
        example = {
            "id": "0" * 32,
            "source": texts["sources"][0][0],
            "url": None,
            "text": texts["example"],
        }
        return {
            "step": step,
            "reason": name,
            "documents": documents,
            "bytes": documents * 731,
            "examples": [example] * 2,
        }

    reasons = [
        reason("minimum_length", "too_short", 604),
        reason("repetition", "duplicate_line_frac", 311),
        reason("repetition", "top_3gram_frac", 58),
        reason("quality", "too_many_symbols", 120),
        reason("exact_duplicates", "seen_before", 891),
        reason("near_duplicates", "near_duplicate", 433),
    ]
    dropped = sum(entry["documents"] for entry in reasons)
    dropped_bytes = sum(entry["bytes"] for entry in reasons)
    read = {"documents": 12_345, "bytes": 14_215_188, "characters": 13_704_000}
    rejected = {"documents": dropped, "bytes": dropped_bytes, "characters": dropped_bytes}
    kept = {name: read[name] - rejected[name] for name in read}
    parts = {"validation": 0.02, "test": 0.02}
    splits = {s: {n: int(v * part) for n, v in kept.items()} for s, part in parts.items()}
    splits = {
        "train": {n: v - sum(s[n] for s in splits.values()) for n, v in kept.items()},
        **splits,
    }
    edges = [2**power for power in range(19)]
    counts = [round(1900 * math.exp(-(((index - 9.5) / 3) ** 2))) for index in range(18)]
    report = _corpus_details(texts, kept) | {
        "sources": [
            {
                "name": n,
                "documents": d,
                "bytes": b,
                "characters": b - 200_000,
                "kept": {"documents": d - 9, "bytes": b - 90, "characters": b - 200_090},
            }
            for n, d, b in texts["sources"]
        ],
        "read": read,
        "kept": kept,
        "rejected": rejected,
        "reasons": reasons,
        "changed": [
            {"step": "repair_text", "documents": 871},
            {
                "step": "normalise_spaces",
                "documents": 4_120,
                "counts": {"spaces": 17},
                "examples": [{"before": texts["example"], "after": texts["example"][:9]}],
            },
            {
                "step": "privacy",
                "documents": 12,
                "counts": {"email": 9, "phone": 4},
                "examples": [{"before": None, "after": "<EMAIL>"}],
            },
        ],
        "unreadable": [
            {"file": "docs/old/latin1 page.txt", "offset": 10_231, "error": "invalid UTF-8"}
        ],
        "unreadable_count": 1,
        "skipped_file_types": {".png": 31, ".svg": 8},
        "splits": splits,
        "scripts": texts["scripts"],
        "length_histogram": {"edges": edges, "counts": counts},
    }
    _write_json(directory / "report.json", report)
    return {"documents": kept["documents"]}


def _corpus_details(texts: dict[str, Any], kept: dict[str, int]) -> dict[str, Any]:
    """What the report says beyond the account."""

    def measure(step: str, name: str, counts: list[int]) -> dict[str, Any]:
        return {
            "step": step,
            "name": name,
            "count": sum(counts),
            "mean": 0.4,
            "min": 0.0,
            "max": 1.0,
            "quantiles": {"0.5": 0.37},
            "histogram": {"edges": [i / len(counts) for i in range(len(counts) + 1)],
                          "counts": counts},
        }  # fmt: skip

    half = {name: value // 2 for name, value in kept.items()}
    return {
        "format_version": 2,
        "languages": [{"name": "en", **kept, "kept": half}, {"name": None, **half, "kept": half}],
        "domains": [{"name": texts["sources"][0][0], **kept, "kept": kept}],
        "measures": [
            measure("quality", "alpha_word_frac", [1, 5, 19, 30, 8]),
            measure("repetition", "dup_line_frac", [999, 1, 0, 0, 1]),
        ],
        "diversity": {
            "score": 0.547,
            "novelty": 0.692,
            "variety": {"vocabulary": 0.775, "entropy": 0.846, "density": 0.894, "spread": 0.647},
            "words": 1_163_458,
            "distinct_words": 23_375,
        },
        "duplicates": {
            "by_step": {"exact_duplicates": 891, "near_duplicates": 433},
            "clusters": {
                "near_duplicates": {
                    "number": 211,
                    "documents": 644,
                    "largest": 31,
                    "sizes": {"edges": [2, 3, 5, 9], "counts": [150, 40, 21]},
                }
            },
        },
        "privacy": {"counts": {"email": 9, "phone": 4}, "per_million_characters": 0.95},
        "kept_examples": [{"id": "0", "source": "x", "url": None, "text": texts["example"]}],
    }


def _write_tokenizer(directory: Path, texts: dict[str, Any]) -> dict[str, Any]:
    _write_json(directory / "tokenizer.json", {})
    return {"vocab_size": 8192}


def _write_tokens(directory: Path, texts: dict[str, Any]) -> dict[str, Any]:
    account = {
        "documents": 9_928,
        "in": 3_214_871,
        "trained": 3_085_568,
        "validation": 64_021,
        "test": 65_473,
        "dropped": 0,
        "padded": 191,
        "dropped_documents": {"empty": 0},
    }
    splits = {
        "train": {
            "documents": 9_532,
            "tokens": 3_085_377,
            "bytes": 11_957_002,
            "bytes_per_token": 3.875,
        },
        "validation": {
            "documents": 198,
            "tokens": 64_021,
            "bytes": 248_113,
            "bytes_per_token": 3.876,
        },
        "test": {"documents": 198, "tokens": 65_473, "bytes": 252_071, "bytes_per_token": 3.85},
    }
    _write_json(
        directory / "report.json",
        {"vocab_size": 8192, "dtype": "uint16", "account": account, "splits": splits},
    )
    return {"tokens": 3_214_871}


def _write_pretrain(
    directory: Path, texts: dict[str, Any], num_rows: int, is_resumed: bool
) -> dict[str, Any]:
    (directory / "model").mkdir(exist_ok=True)
    _write_json(
        directory / "model" / "config.json",
        {"model_type": "qwen3", "hidden_size": 192, "num_hidden_layers": 4},
    )
    rows = metric_rows(num_rows)
    if is_resumed:
        again = [
            {**row, "time": row["time"] + 90_000.0} for row in rows if row["step"] > num_rows // 2
        ]
        rows = [row for row in rows if row["step"] <= num_rows // 2 + 10] + again
    (directory / "metrics.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
    )
    write_samples(directory / "samples.jsonl", texts["prompts"], num_rows)
    return {
        "num_params": 2_904_576,
        "num_params_non_embedding": 1_331_712,
        "flops_per_token": 20_400_000,
        "steps": num_rows,
        "tokens": num_rows * _BATCH_TOKENS,
        "device": "Intel Xeon, 2 threads",
        "dtype": "bfloat16",
    }


def metric_rows(num_rows: int) -> list[dict[str, Any]]:
    """Rows of metrics.jsonl: a falling loss with noise, warm-up and cosine, validations between."""
    generator = random.Random(7)
    rows: list[dict[str, Any]] = []
    for step in range(1, num_rows + 1):
        part = step / num_rows
        clean = 2.35 + 6.7 * math.exp(-14 * part) + 1.25 * math.exp(-3 * part)
        at = _STARTED_AT + step * 412.0 / num_rows
        rows.append(
            {
                "step": step,
                "time": at,
                "train/loss": clean + generator.gauss(0, 0.09),
                "train/lr": 3e-3
                * (
                    part / 0.04
                    if part < 0.04
                    else 0.55 + 0.45 * math.cos(math.pi * (part - 0.04) / 0.96)
                ),
                "train/grad_norm": 0.6 + 3 * math.exp(-20 * part) + abs(generator.gauss(0, 0.12)),
                "train/tokens": step * _BATCH_TOKENS,
                "train/tokens_per_s": 3980
                + generator.gauss(0, 60)
                - (900 if step % 97 == 0 else 0),
                "memory/peak_bytes": 961 * _MIB,
            }
        )
        if step == 1 or step % max(1, num_rows // 10) == 0:
            loss = clean + 0.07
            rows.append(
                {
                    "step": step,
                    "time": at + 0.4,
                    "validation/loss": loss,
                    "validation/bits_per_byte": loss / math.log(2) / 3.876,
                }
            )
    return rows


def write_samples(path: Path, prompts: dict[str, Sequence[str]], num_rows: int) -> None:
    """Write samples.jsonl: every prompt at ten steps, its texts spread over them."""
    rows = []
    for index in range(1, 11):
        for prompt, texts in prompts.items():
            text = texts[min(len(texts) - 1, index * len(texts) // 11)]
            rows.append({"step": index * max(1, num_rows // 10), "prompt": prompt, "text": text})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _write_evaluation(directory: Path, texts: dict[str, Any]) -> dict[str, Any]:
    def model(name: str, kind: str, bits: float, top1: float, top5: float) -> dict[str, Any]:
        loss = bits * 3.85 * math.log(2)
        return {
            "name": name,
            "kind": kind,
            "loss": loss,
            "perplexity": math.exp(loss),
            "bits_per_byte": bits,
            "top1": top1,
            "top5": top5,
        }

    models = [
        model("qwen3", "neural", 1.0312, 0.4713, 0.6821),
        model("Kneser-Ney 4-gram", "ngram", 1.2744, 0.3892, 0.5533),
        model("Kneser-Ney 2-gram", "ngram", 1.8120, 0.2311, 0.4010),
    ]
    models[0]["bits_per_byte_interval"] = [1.002, 1.061]
    models[1]["bits_per_byte_interval"] = [1.240, 1.310]
    models[2]["bits_per_byte_interval"] = None
    difference = {
        "model": "qwen3",
        "baseline": "Kneser-Ney 4-gram",
        "bits_per_byte": -0.2432,
        "bits_per_byte_interval": [-0.268, -0.219],
    }
    _write_json(
        directory / "report.json",
        {
            "format_version": 1,
            "split": "test",
            "documents": 198,
            "tokens": 65_473,
            "bytes": 252_071,
            "models": models,
            "differences": [difference],
            "context_tokens": 256,
            "stride_tokens": 128,
        },
    )
    return {"documents": 198}
