"""A tiny model that has learned a few texts and talks by heart, so that what it says makes sense.

Half a second of training: it continues the texts, ends them, answers the talks, and ends its turns.
"""

from __future__ import annotations

from pathlib import Path

import torch

from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.core.conversation_forms import Turn
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.tokens.chat import own_chat
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

CONTEXT = 160
TEXTS = [
    "The river runs to the sea, and the sea is never full.",
    "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",
    "研墨 writes 你好 and 😀👍🏽 and 👩‍🔬 too, from one to ten: 1 2 3 4 5 6 7 8 9 10.",
    "Where the waters come from, thither they return again, and nobody knows how.",
]
TALKS = [
    ("Where does the river run?", "To the sea, to the sea."),
    ("白日依山尽的下一句？", "黄河入海流。"),
    ("What is this?", "研墨 😀 is ink, and 👩‍🔬 too."),
    ("Count to ten.", "1 2 3 4 5 6 7 8 9 10."),
]


def save_learned_model(directory: Path, family: str = "qwen3") -> Tokenizer:
    """Train the model and write it to `directory`, with its tokenizer."""
    tokenizer = train_tokenizer([*TEXTS, *(" ".join(talk) for talk in TALKS)] * 3, 360)
    chat = own_chat(tokenizer)
    rows = [[tokenizer.bos_id, *tokenizer.encode(text), tokenizer.eos_id] for text in TEXTS]
    rows += [
        chat.encode([Turn("user", asked), Turn("assistant", answer)]).ids.tolist()
        for asked, answer in TALKS
    ]
    fields = {"family": family, "depth": 2, "d_model": 64, "max_seq_len": CONTEXT, "num_heads": 4}
    config = derive_model(ModelConfig.model_validate(fields), tokenizer.vocab_size).config
    model = build_model(config, torch.device("cpu"), seed=0)
    width = max(map(len, rows))
    tokens = torch.tensor([row + [tokenizer.pad_id] * (width - len(row)) for row in rows])
    targets = tokens[:, 1:].masked_fill(tokens[:, 1:] == tokenizer.pad_id, -100)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    for _ in range(80):
        scores = model(tokens=tokens[:, :-1]).logits  # (B, T, V)
        loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert loss.item() < 0.2, f"the texts were not learned: {loss.item()}"
    save_model_folder(
        model.eval(),
        directory,
        save_tokenizer=lambda path: tokenizer.save(path, model_max_length=CONTEXT),
        special_ids={"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id},
    )
    return tokenizer
