"""Greedy continuations by llama.cpp, in an environment of its own that has `llama-cpp-python`.

Reads a request as JSON from standard input: the GGUF file, the prompts, the number of tokens, and
the ids along which scores are asked for. Writes as JSON: the prompts' ids, the continuations' ids
and texts, the seconds, and the scores along the given ids into a NumPy file.
"""

import json
import sys
import time

import numpy as np
from llama_cpp import GGML_TYPE_F32, Llama


def main() -> None:
    request = json.load(sys.stdin)
    model = Llama(
        request["file"],
        n_ctx=request["context"],
        n_threads=request["threads"],
        n_threads_batch=request["threads"],
        # As exact as the weights: the default cache is half as wide as the numbers put into it.
        type_k=GGML_TYPE_F32,
        type_v=GGML_TYPE_F32,
        flash_attn=False,
        logits_all=True,
        verbose=False,
    )
    results, scores = [], []
    for prompt, path in zip(request["prompts"], request["paths"], strict=True):
        ids = model.tokenize(prompt.encode(), add_bos=True, special=False)
        model.reset()
        written: list[int] = []
        started_at = time.perf_counter()
        for token in model.generate(ids, temp=0.0, repeat_penalty=1.0, reset=False):
            if token == model.token_eos() or len(written) == request["num_tokens"]:
                break
            written.append(token)
        seconds = time.perf_counter() - started_at
        text = model.detokenize(written).decode("utf-8", errors="replace")
        results.append({"prompt": ids, "ids": written, "text": text, "seconds": seconds})
        model.reset()
        model.eval(path)
        scores.append(np.array(model.scores[: len(path)]))
    np.savez(request["scores"], *scores)
    json.dump(results, sys.stdout)


main()
