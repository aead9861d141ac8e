"""A contender of `bench/decode_speed.py`: CTranslate2, greedy, weights in int8.

    python decode_ctranslate2.py HF-FOLDER THREADS WORKING-FOLDER

The model is converted on first use.
"""

import json
import sys
from pathlib import Path

import ctranslate2
from ctranslate2.converters import TransformersConverter

sys.path.insert(0, str(Path(__file__).parents[1]))
from decode_speed_setting import Answer, Turn, now, prompts_of, serve


class Converter(TransformersConverter):
    """The random model has more rows than its tokenizer has tokens, which have to have names."""

    def _load(self):
        spec = super()._load()
        fields = json.loads((Path(self._model_name_or_path) / "config.json").read_text())
        size = fields["vocab_size"]
        names = list(spec._vocabulary)
        spec.register_vocabulary([*names, *(f"<row {i}>" for i in range(len(names), size))])
        for name in ("bos_token", "eos_token", "unk_token"):
            if getattr(spec.config, name) is None:
                setattr(spec.config, name, names[0])
        return spec


class Contender:
    def __init__(self, folder: str, num_threads: int, work: str) -> None:
        target = Path(work) / "ctranslate2"
        if not (target / "model.bin").is_file():
            Converter(folder).convert(str(target), quantization="int8", force=True)
        self.model = ctranslate2.Generator(
            str(target), compute_type="int8", intra_threads=num_threads, inter_threads=1
        )
        self.names = json.loads((target / "vocabulary.json").read_text())

    def write(self, prompts: list[list[str]], count: int) -> float:
        started_at = now(self.turn)
        results = self.model.generate_batch(
            prompts,
            max_length=count,
            min_length=count,
            include_prompt_in_result=False,
            sampling_topk=1,
            end_token=[],
            max_batch_size=0,
        )
        assert all(len(result.sequences_ids[0]) == count for result in results), "all of it"
        return now(self.turn) - started_at

    def run(self, turn: Turn) -> Answer:
        self.turn = turn
        ids = prompts_of(turn, len(self.names))
        prompts = [[self.names[id_] for id_ in prompt] for prompt in ids]
        prompt_s = self.write(prompts, 1)
        whole_s = self.write(prompts, turn.new_tokens)
        return Answer(prompt_s, whole_s - prompt_s, turn.batch * (turn.new_tokens - 1))


serve(Contender(sys.argv[1], int(sys.argv[2]), sys.argv[3]).run)
