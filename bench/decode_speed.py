"""Tokens per second of writing: yanmo's engine, llama.cpp, CTranslate2 and transformers.

All write with the same random weights of a GPT-2 of 124M and of a Qwen3 of 0.6B parameters, which
are exported to GGUF and to a folder for transformers by yanmo itself. Each contender is a process
of its own, and they take turns, so that a machine whose speed drifts favours nobody. Printed are
the best turn of each (what others do on the machine only ever takes time), the ratio to the peer of
as many bits turn by turn, and how much of the speed at which the threads can read memory a single
sequence's steps reach, counting weights and cache.

    python -m venv PEERS && CMAKE_ARGS=-DGGML_NATIVE=ON PEERS/bin/pip install llama-cpp-python \
        ctranslate2 transformers torch
    python bench/decode_speed.py --peers PEERS/bin/python

Without `--peers` yanmo runs alone. `--shapes`, `--batches`, `--threads`, `--only` and `--rounds`
make it shorter; `--compiled` adds transformers with a static cache and a compiled step, which is
minutes of compiling; `--runner` adds our runner without the engine around it. On a machine that
others use too, `--clock processor` with one thread counts processor time, which waiting for them
does not.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from decode_speed_setting import Answer, Turn

from yanmo.checkpoint.export.gguf import export_gguf
from yanmo.checkpoint.export.hugging_face import export_hugging_face
from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.core.device import device_name
from yanmo.inference.native.compiler import find_compiler
from yanmo.inference.native.packing import large_memory
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.models.transformer_config import TransformerConfig
from yanmo.tokens.train_tokenizer import train_tokenizer

HERE = Path(__file__).parent
SHAPES: dict[str, tuple[dict[str, Any], int]] = {
    "gpt2": (
        {"family": "gpt2", "depth": 12, "d_model": 768, "num_heads": 12, "max_seq_len": 1024},
        50257,
    ),
    "qwen3": (
        {
            "family": "qwen3",
            "depth": 28,
            "d_model": 1024,
            "d_ff": 3072,
            "num_heads": 16,
            "num_kv_heads": 8,
            "head_dim": 128,
            "max_seq_len": 1024,
            "rope_theta": 1e6,
            "tie_embeddings": True,
        },
        151936,
    ),
}
BITS_OF_WEIGHT = {"bfloat16": 16.0, "int8": 8.5, "int4": 4.5}
PEER_OF = {
    "yanmo bfloat16": "llama.cpp F16",
    "yanmo int8": "llama.cpp Q8_0",
    "yanmo int4": "llama.cpp Q4_0",
}
READ_BYTES = 512 * 2**20


@dataclass(frozen=True)
class Files:
    """One model in everybody's files."""

    config: TransformerConfig
    folder: Path
    hugging_face: Path
    gguf: dict[str, Path]


def prepare(shape: str, work: Path, peers: str | None) -> Files:
    """The model of `shape` in `work`, made there unless a run before did it."""
    fields, vocab_size = SHAPES[shape]
    config = derive_model(ModelConfig.model_validate(fields), vocab_size).config
    assert isinstance(config, TransformerConfig)
    home = work / shape
    gguf = {name: home / f"{name}.gguf" for name in ("f16", "q8_0", "q4_0")}
    files = Files(config, home / "model", home / "hugging_face", gguf)
    if (home / "whole").is_file():
        return files
    tokenizer = train_tokenizer(["The quick brown fox jumps over the lazy dog.\n" * 8], 300)
    ids = {"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    model = build_model(config, torch.device("cpu"), seed=0)
    save_model_folder(model, files.folder, save_tokenizer=tokenizer.save, special_ids=ids)
    export_hugging_face(files.folder, files.hugging_face, "float32", is_forced=True)
    export_gguf(files.folder, gguf["f16"], "f16", is_forced=True)
    export_gguf(files.folder, gguf["q8_0"], "q8_0", is_forced=True)
    if peers:
        script = HERE / "peers" / "quantize_gguf.py"
        subprocess.run([peers, script, gguf["f16"], gguf["q4_0"]], check=True, capture_output=True)
        (home / "whole").touch()
    return files


class Contender:
    """A process that writes when it is told to."""

    def __init__(self, name: str, command: list[str | Path], num_threads: int) -> None:
        self.name = name
        self.said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - as long as the process
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": str(num_threads)},
        )

    def answer(self) -> dict[str, Any]:
        """Its next line."""
        assert self.process.stdout is not None
        try:
            found: dict[str, Any] = json.loads(self.process.stdout.readline())
        except ValueError as error:
            self.said.seek(0)
            raise SystemExit(f"{self.name} stopped:\n{self.said.read()[-3000:]}") from error
        return found

    def run(self, turn: Turn) -> Answer:
        """One turn."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asdict(turn)) + "\n")
        self.process.stdin.flush()
        return Answer(**self.answer())

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def commands(args: argparse.Namespace, files: Files, threads: int) -> dict[str, list[str | Path]]:
    """The command line of everybody who takes part; ours and the peer of as many bits in turn."""
    found: dict[str, list[str | Path]] = {}
    peers = HERE / "peers"
    count = str(threads)
    ours: list[str | Path] = [sys.executable, HERE / "decode_speed_ours.py", files.folder, count]
    for weights, gguf in (("bfloat16", "f16"), ("int8", "q8_0"), ("int4", "q4_0")):
        found[f"yanmo {weights}"] = [*ours, weights, "engine"]
        if args.runner:
            found[f"yanmo {weights} runner"] = [*ours, weights, "runner"]
        if args.peers:
            llama = [args.peers, peers / "decode_llama_cpp.py", files.gguf[gguf], count]
            found[f"llama.cpp {gguf.upper()}"] = llama
    if args.peers:
        script, folder = peers / "decode_ctranslate2.py", files.hugging_face
        found["CTranslate2 int8"] = [args.peers, script, folder, count, files.folder.parent]
        theirs = [args.peers, peers / "decode_transformers.py", folder, count, "bfloat16"]
        found["transformers bfloat16"] = theirs
        if args.compiled:
            found["transformers bfloat16 compiled"] = [*theirs, "compiled"]
    if args.only:
        words = args.only
        found = {name: found[name] for name in found if any(word in name for word in words)}
    return found


def measure_bandwidth(num_threads: int) -> float:
    """Bytes per second that `num_threads` can read; the best of some attempts."""
    compiler = find_compiler()
    assert isinstance(compiler, str), compiler
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "read.so"
        source = HERE / "read_bandwidth.c"
        options = ["-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run([compiler, *options, source, "-o", library], check=True)
        read = ctypes.CDLL(str(library)).read_once
    read.argtypes, read.restype = [ctypes.c_void_p, ctypes.c_size_t], ctypes.c_uint64
    memory = large_memory(READ_BYTES)
    memory.fill_(1)
    part = READ_BYTES // num_threads
    best = 0.0
    for _ in range(12):
        threads = [
            threading.Thread(target=read, args=(memory.data_ptr() + i * part, part))
            for i in range(num_threads)
        ]
        started_at = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        best = max(best, READ_BYTES / (time.perf_counter() - started_at))
    return best


def bytes_per_token(config: TransformerConfig, weights: str, num_positions: float) -> float:
    """What one step of one sequence reads: every matrix once, and its cache in bfloat16."""
    heads = config.num_heads + 2 * config.num_kv_heads
    attention = config.d_model * config.head_dim * (heads + config.num_heads)
    feed_forward = config.d_model * config.d_ff * (3 if config.mlp == "gated" else 2)
    matrices = config.num_layers * (attention + feed_forward) + config.vocab_size * config.d_model
    cache = config.num_layers * 2 * config.num_kv_heads * config.head_dim * 2 * num_positions
    return matrices * BITS_OF_WEIGHT[weights] / 8 + cache


def print_table(
    shape: str,
    files: Files,
    turn: Turn,
    threads: int,
    answers: dict[str, list[Answer]],
    bandwidth: float,
) -> None:
    """Everybody's best turn, and our ratios."""
    print(f"\n{shape}, batch {turn.batch}, {threads} thread{'s' * (threads > 1)}")
    print("| | tokens/s | prompt tokens/s | over the peer of as many bits | of the bandwidth |")
    print("|---|---|---|---|---|")
    for name, found in answers.items():
        speeds = [one.num_decoded / one.decode_s for one in found]
        reading = [turn.batch * turn.prompt_tokens / one.prompt_s for one in found]
        ratio = share = ""
        peer = answers.get(PEER_OF.get(name.removesuffix(" runner"), ""))
        if peer:
            ratios = [
                mine / (one.num_decoded / one.decode_s)
                for mine, one in zip(speeds, peer, strict=True)
            ]
            best = max(one.num_decoded / one.decode_s for one in peer)
            ratio = f"{max(speeds) / best:.2f} (turns: {statistics.median(ratios):.2f}, "
            ratio += f"{min(ratios):.2f}-{max(ratios):.2f})"
        if name.startswith("yanmo") and turn.batch == 1:
            positions = turn.prompt_tokens + turn.new_tokens / 2
            needed = bytes_per_token(files.config, name.split()[1], positions)
            share = f"{max(speeds) * needed / bandwidth:.0%}"
        print(f"| {name} | {max(speeds):,.0f} | {max(reading):,.0f} | {ratio} | {share} |")
    sys.stdout.flush()


def compare(args: argparse.Namespace, shape: str, files: Files, threads: int) -> None:
    """Let everybody take turns, and print a table for each batch."""
    bandwidth = measure_bandwidth(threads)
    print(f"\n{threads} threads read {bandwidth / 1e9:.1f} GB/s", flush=True)
    taking_part = commands(args, files, threads)
    everybody = [Contender(name, command, threads) for name, command in taking_part.items()]
    try:
        for one in everybody:
            one.answer()
            one.run(Turn(1, args.prompt_tokens, 4, args.clock, -1))  # warm
        for batch in args.batches:
            answers: dict[str, list[Answer]] = {one.name: [] for one in everybody}
            for number in range(args.rounds):
                turn = Turn(batch, args.prompt_tokens, args.new_tokens, args.clock, number)
                for one in everybody:
                    is_slow = one.name.startswith(("transformers", "CTranslate2"))
                    if number == 0 or not is_slow:
                        answers[one.name].append(one.run(turn))
            print_table(shape, files, turn, threads, answers, bandwidth)
    finally:
        for one in everybody:
            one.close()


def main() -> None:
    """Compare on all shapes and numbers of threads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", help="the Python that has llama-cpp-python and the others")
    parser.add_argument("--shapes", nargs="+", default=list(SHAPES), choices=SHAPES)
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 16])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3, help="turns of the fast contenders")
    parser.add_argument("--prompt-tokens", type=int, default=128)
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--clock", choices=["wall", "processor"], default="wall")
    parser.add_argument("--only", nargs="+", help="contenders with one of these in their name")
    parser.add_argument("--compiled", action="store_true", help="transformers compiled as well")
    parser.add_argument("--runner", action="store_true", help="our runner without the engine too")
    parser.add_argument("--work", type=Path, help="where models are kept from run to run")
    args = parser.parse_args()
    print(f"{device_name(torch.device('cpu'))}, {os.cpu_count()} cores, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        work = args.work or Path(folder)
        for shape in args.shapes:
            files = prepare(shape, work, args.peers)
            for threads in args.threads:
                compare(args, shape, files, threads)


if __name__ == "__main__":
    main()
