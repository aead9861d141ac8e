"""Small tokenizers of every kind, made by `transformers` and `tokenizers` and saved by them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import tokenizers
import transformers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = (
    "The sun goes down behind the hills, and the river runs to the sea.",
    "They'll say that it's 1,024 bytes; we've counted them twice.",
    "Hello, world! Hello again, hello hello world.",
    "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",
    "研墨：从原始文本到语言模型，一步一个文件夹。",
)
SAMPLES = (
    "Hello, world!",
    "hello world",
    "  two  spaces\tand a tab\nand lines\n\n",
    "白日依山尽，黄河入海流。",
    "研墨 writes 你好, and 研墨 again.",
    "Ünïcödé Café e\u0301 ﬁ １２３",
    "😀👍🏽 👩‍🔬 and 😀",
    "日\u3000月\u200b\u00a0!",
    "",
    " ",
    "\x00\x1f\u2028",
    "they'll don't 'tis 1,024.5",
)
CONTROLS = (
    "a <|endoftext|> b",
    "<s>one</s><pad>",
    "[CLS] one [SEP] two [MASK]",
    "x<mask>y <extra_id_0> z<unk>",
)


def byte_level_parts(size: int = 400) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """A byte-level vocabulary and its merges."""
    backend = tokenizers.Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=alphabet, show_progress=False, special_tokens=[]
    )
    backend.train_from_iterator(TEXTS * 3, trainer)
    model = json.loads(backend.to_str())["model"]
    return model["vocab"], [tuple(pair) for pair in model["merges"]]


def with_entries(vocabulary: dict[str, int], names: Sequence[str]) -> dict[str, int]:
    """A vocabulary with further entries behind it."""
    return vocabulary | {name: len(vocabulary) + place for place, name in enumerate(names)}


def make_gpt2(**settings: Any) -> Any:
    vocabulary, merges = byte_level_parts()
    return transformers.GPT2Tokenizer(
        vocab=with_entries(vocabulary, ["<|endoftext|>"]), merges=merges, **settings
    )


def make_qwen2() -> Any:
    vocabulary, merges = byte_level_parts()
    tokenizer = transformers.Qwen2Tokenizer(
        vocab=with_entries(vocabulary, ["<|endoftext|>"]), merges=merges
    )
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    return tokenizer


def make_roberta() -> Any:
    vocabulary, merges = byte_level_parts()
    names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    return transformers.RobertaTokenizer(vocab=with_entries(vocabulary, names), merges=merges)


def wordpiece_vocabulary() -> dict[str, int]:
    """BERT's special tokens, single characters with and without ##, and some words."""
    characters = sorted({c for text in TEXTS for c in text.lower() if not c.isspace()})
    words = ["hello", "world", "the", "river", "##er", "##llo", "un", "##ing", "cafe", "2", "##2"]
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    entries = [*names, *characters, *(f"##{c}" for c in characters), *words]
    return {entry: id for id, entry in enumerate(dict.fromkeys(entries))}


def make_bert(**settings: Any) -> Any:
    return transformers.BertTokenizer(vocab=wordpiece_vocabulary(), **settings)


def make_t5() -> Any:
    trained = tokenizers.Tokenizer(models.Unigram())
    trained.normalizer = normalizers.NFKC()
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    names = ["<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=220, special_tokens=names, unk_token="<unk>", show_progress=False
    )
    trained.train_from_iterator(TEXTS * 3, trainer)
    entries = [tuple(entry) for entry in json.loads(trained.to_str())["model"]["vocab"]]
    entries += [(f"<extra_id_{n}>", 0.0) for n in reversed(range(5))]
    return transformers.T5Tokenizer(vocab=entries, extra_ids=5)


def llama_vocabulary() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Control tokens, a byte for each that is in no piece, and pieces with their merges."""
    backend = tokenizers.Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=180, show_progress=False, special_tokens=[])
    backend.train_from_iterator([TEXTS[0], TEXTS[2], TEXTS[3]] * 3, trainer)
    model = json.loads(backend.to_str())["model"]
    pieces = sorted(model["vocab"], key=model["vocab"].__getitem__)
    names = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *pieces]
    merges = [tuple(pair) for pair in model["merges"]]
    return {name: id for id, name in enumerate(names)}, merges


def make_llama() -> Any:
    vocabulary, merges = llama_vocabulary()
    backend = tokenizers.Tokenizer(
        models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    backend.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    backend.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B:1", special_tokens=[("<s>", 1)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


KINDS: dict[str, Callable[[], Any]] = {
    "gpt2": make_gpt2,
    "gpt2_with_beginning": lambda: make_gpt2(add_bos_token=True),
    "qwen2": make_qwen2,
    "roberta": make_roberta,
    "bert": make_bert,
    "bert_cased": lambda: make_bert(do_lower_case=False),
    "t5": make_t5,
    "llama": make_llama,
}


def save_kind(kind: str, folder: Path) -> Any:
    """Save a tokenizer as transformers does, and open it again as its users do."""
    KINDS[kind]().save_pretrained(folder)
    return transformers.AutoTokenizer.from_pretrained(folder)
