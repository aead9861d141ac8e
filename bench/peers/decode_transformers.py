"""A contender of `bench/decode_speed.py`: `generate` of transformers.

    python decode_transformers.py FOLDER THREADS float32|bfloat16 [compiled]

Greedy, with its default cache, or with a static one and a compiled step.
"""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, CompileConfig

sys.path.insert(0, str(Path(__file__).parents[1]))
from decode_speed_setting import Answer, Turn, now, prompts_of, serve


class Contender:
    def __init__(self, folder: str, num_threads: int, dtype: str, is_compiled: bool) -> None:
        torch.set_num_threads(num_threads)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype))
        self.model.eval()
        self.more = {}
        if is_compiled:
            compiled = CompileConfig()
            compiled._compile_all_devices = True
            self.more = {"cache_implementation": "static", "compile_config": compiled}
        self.warm_batches: set[int] = set()

    def write(self, ids: torch.Tensor, count: int) -> float:
        started_at = now(self.turn)
        with torch.inference_mode():
            out = self.model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=count,
                min_new_tokens=count,
                do_sample=False,
                pad_token_id=0,
                **self.more,
            )
        assert out.shape[1] == ids.shape[1] + count, "as many tokens as were asked for"
        return now(self.turn) - started_at

    def run(self, turn: Turn) -> Answer:
        self.turn = turn
        ids = torch.tensor(prompts_of(turn, self.model.config.vocab_size))
        if self.more and turn.batch not in self.warm_batches:  # compiles
            self.warm_batches.add(turn.batch)
            self.write(ids, turn.new_tokens)
        prompt_s = self.write(ids, 1)
        whole_s = self.write(ids, turn.new_tokens)
        return Answer(prompt_s, whole_s - prompt_s, turn.batch * (turn.new_tokens - 1))


serve(Contender(sys.argv[1], int(sys.argv[2]), sys.argv[3], "compiled" in sys.argv[4:]).run)
