"""A contender of `bench/decode_speed.py`: llama.cpp through its own functions, with no sampling.

    python decode_llama_cpp.py FILE.gguf THREADS

Each step is one `llama_decode` with a token of every sequence, whose scores are wanted; flash
attention as llama.cpp decides, its cache in float16, as is its default.
"""

import sys
from pathlib import Path

import llama_cpp

sys.path.insert(0, str(Path(__file__).parents[1]))
from decode_speed_setting import Answer, Turn, now, prompts_of, serve

MAX_BATCH = 16


class Contender:
    def __init__(self, file: str, num_threads: int) -> None:
        llama_cpp.llama_backend_init()
        self.model = llama_cpp.llama_model_load_from_file(
            file.encode(), llama_cpp.llama_model_default_params()
        )
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = 512 * MAX_BATCH
        settings.n_batch = settings.n_ubatch = 512
        settings.n_seq_max = MAX_BATCH
        settings.n_threads = settings.n_threads_batch = num_threads
        self.context = llama_cpp.llama_init_from_model(self.model, settings)
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(
            llama_cpp.llama_model_get_vocab(self.model)
        )
        self.batch = llama_cpp.llama_batch_init(512, 0, MAX_BATCH)

    def read(self, tokens: list[tuple[int, int, int, bool]]) -> None:
        """One pass over (token, position, sequence, whether scores are wanted)."""
        batch = self.batch
        batch.n_tokens = len(tokens)
        for place, (token, position, sequence, is_scored) in enumerate(tokens):
            batch.token[place] = token
            batch.pos[place] = position
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = sequence
            batch.logits[place] = is_scored
        if llama_cpp.llama_decode(self.context, batch):
            raise SystemExit("llama_decode failed")
        llama_cpp.llama_synchronize(self.context)

    def run(self, turn: Turn) -> Answer:
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        prompts = prompts_of(turn, self.vocabulary)
        started_at = now(turn)
        for sequence, prompt in enumerate(prompts):
            last = len(prompt) - 1
            self.read([(id_, place, sequence, place == last) for place, id_ in enumerate(prompt)])
        read_at = now(turn)
        for step in range(turn.new_tokens - 1):
            position = turn.prompt_tokens + step
            self.read([(300 + step, position, sequence, True) for sequence in range(turn.batch)])
        return Answer(
            read_at - started_at,
            now(turn) - read_at,
            turn.batch * (turn.new_tokens - 1),
        )


serve(Contender(sys.argv[1], int(sys.argv[2])).run)
