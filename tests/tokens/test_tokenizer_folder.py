"""Other tools open our tokenizer folder and agree with us."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path
from typing import Any

import pytest

from yanmo.tokens.special import CHAT_TEMPLATE, SPECIAL_TOKENS
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

transformers = pytest.importorskip("transformers")

MESSAGES = [
    {"role": "user", "content": "白日依山尽的下一句？"},
    {"role": "assistant", "content": "黄河入海流。"},
]


@pytest.fixture
def folder(tiny_tokenizer: Tokenizer, tmp_path: Path) -> Path:
    """A saved tokenizer."""
    tiny_tokenizer.save(tmp_path)
    return tmp_path


def open_with_transformers(folder: Path) -> Any:
    """What AutoTokenizer makes of the folder; a warning is a failure."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = records.append  # type: ignore[method-assign]
    logger = logging.getLogger("transformers")
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    finally:
        logger.removeHandler(handler)
    assert not records, [record.getMessage() for record in records]
    return tokenizer


# With a config.json beside it, as in a model folder, AutoTokenizer may choose by model type.
@pytest.mark.parametrize("model_type", [None, "gpt2", "llama", "qwen3"])
def test_auto_tokenizer_agrees_id_for_id(
    folder: Path, tiny_tokenizer: Tokenizer, texts: list[str], model_type: str | None
) -> None:
    if model_type is not None:
        (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    theirs = open_with_transformers(folder)
    assert len(theirs) == tiny_tokenizer.vocab_size
    for text in [*texts, "  x\r\n\n 12 e\u0301 👩‍👩‍👧 ' .  "]:
        ids = tiny_tokenizer.encode(text)
        assert theirs.encode(text, add_special_tokens=False) == ids
        assert theirs.encode(text) == [tiny_tokenizer.bos_id, *ids]
        assert theirs.decode(ids) == text


def test_auto_tokenizer_knows_the_special_tokens(folder: Path, tiny_tokenizer: Tokenizer) -> None:
    theirs = open_with_transformers(folder)
    assert theirs.bos_token_id == theirs.eos_token_id == tiny_tokenizer.eos_id
    assert theirs.pad_token_id == tiny_tokenizer.pad_id
    assert theirs.mask_token_id == tiny_tokenizer.mask_id
    assert theirs.sep_token_id == tiny_tokenizer.sep_id
    assert set(theirs.all_special_tokens) == set(SPECIAL_TOKENS)
    assert theirs.clean_up_tokenization_spaces is False
    for token in SPECIAL_TOKENS:
        assert theirs.convert_tokens_to_ids(token) == tiny_tokenizer.id_of(token)


def test_auto_tokenizer_knows_the_sentinels(texts: list[str], tmp_path: Path) -> None:
    tokenizer = train_tokenizer(texts, 400, num_sentinels=3)
    tokenizer.save(tmp_path)
    theirs = open_with_transformers(tmp_path)
    assert {"<|extra_0|>", "<|extra_1|>", "<|extra_2|>"} < set(theirs.all_special_tokens)
    ids = [5, *tokenizer.sentinel_ids, 6]
    assert theirs.decode(ids, skip_special_tokens=True) == tokenizer.decode(ids)


def test_longest_sequence_is_written_when_known(tiny_tokenizer: Tokenizer, tmp_path: Path) -> None:
    tiny_tokenizer.save(tmp_path, model_max_length=512)
    assert open_with_transformers(tmp_path).model_max_length == 512


def test_chat_template_keeps_newlines_and_marks_the_answer(
    folder: Path, tiny_tokenizer: Tokenizer
) -> None:
    theirs = open_with_transformers(folder)
    text = theirs.apply_chat_template(MESSAGES, tokenize=False)
    assert text == (
        "<|im_start|>user\n白日依山尽的下一句？<|im_end|>\n"
        "<|im_start|>assistant\n黄河入海流。<|im_end|>\n"
    )
    prompt = theirs.apply_chat_template(MESSAGES[:1], tokenize=False, add_generation_prompt=True)
    assert prompt == text[: text.index("黄河")]
    encoded = theirs.apply_chat_template(
        MESSAGES, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
    )
    marked = [
        id
        for id, mark in zip(encoded["input_ids"], encoded["assistant_masks"], strict=True)
        if mark
    ]
    assert tiny_tokenizer.decode(marked, skip_special_tokens=False) == "黄河入海流。<|im_end|>"


def test_template_stands_in_both_places(folder: Path) -> None:
    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert (folder / "chat_template.jinja").read_text(encoding="utf-8") == CHAT_TEMPLATE
    assert config["chat_template"] == CHAT_TEMPLATE
    assert config["tokenizer_class"] == "PreTrainedTokenizerFast"
