"""Vectors are those of the library, in numbers and in base64; ids and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.serving.learned_model import TEXTS
from tests.serving.running import RunningServer

from yanmo.checkpoint.model_folder import load_model
from yanmo.inference.embed import TextEmbedder
from yanmo.inference.embed_config import EmbedConfig
from yanmo.tokens.tokenizer import Tokenizer


def test_vectors_are_the_librarys_in_both_formats(server: RunningServer, learned: Path) -> None:
    tokenizer = Tokenizer.load(learned)
    embedder = TextEmbedder(load_model(learned), tokenizer, EmbedConfig(normalize=True))
    expected = embedder.embed(TEXTS).vectors
    for settings in ({}, {"encoding_format": "float"}, {"dimensions": 64}):
        found = server.openai.embeddings.create(model="ink", input=TEXTS, **settings)  # type: ignore[call-overload]
        vectors = np.array([one.embedding for one in found.data], np.float32)
        np.testing.assert_allclose(vectors, expected, atol=1e-6)
    ids = [tokenizer.encode(text) for text in TEXTS]
    by_ids = server.openai.embeddings.create(model="ink", input=ids)
    np.testing.assert_allclose([one.embedding for one in by_ids.data], expected, atol=1e-6)
    one = server.openai.embeddings.create(model="ink", input=ids[0])
    np.testing.assert_allclose(one.data[0].embedding, expected[0], atol=1e-6)


def test_alike_texts_are_more_alike(server: RunningServer) -> None:
    body = {"text_1": TEXTS[0], "text_2": [TEXTS[0], "The river runs.", TEXTS[1]]}
    scores = [one["score"] for one in server.post("/v1/similarity", body).json()["data"]]
    assert scores[0] == pytest.approx(1.0, abs=1e-5)
    assert scores[0] > scores[1] > scores[2]


def test_ids_and_texts_go_both_ways(server: RunningServer, learned: Path) -> None:
    tokenizer = Tokenizer.load(learned)
    for text in [*TEXTS, "", "😀", "<|im_end|>"]:
        found = server.post("/tokenize", {"prompt": text}).json()
        assert found["tokens"] == tokenizer.with_specials(text)
        assert found["count"] == len(found["tokens"])
        assert found["max_model_len"] == 160
        back = server.post("/detokenize", {"tokens": found["tokens"][1:]}).json()
        assert back == {"prompt": text}
    spelled = server.post("/tokenize", {"prompt": "a 龘", "return_token_strs": True}).json()
    assert spelled["token_strs"][0] == "<|endoftext|>"
    assert all(one.startswith("\\x") for one in spelled["token_strs"][-2:])


def test_what_cannot_be_is_refused(server: RunningServer) -> None:
    for path, body, says in [
        ("/v1/embeddings", {"input": "a " * 400}, "longer than the 160"),
        ("/v1/embeddings", {"input": []}, "between 1 and 2,048"),
        ("/v1/embeddings", {"input": ["a"] * 2049}, "between 1 and 2,048"),
        ("/v1/embeddings", {"input": "a", "dimensions": 3}, "have 64 numbers"),
        ("/v1/embeddings", {"input": [99999]}, "99999"),
        ("/v1/similarity", {"text_1": ["a", "b"], "text_2": ["a", "b", "c"]}, "do not make pairs"),
        ("/v1/similarity", {"text_1": "a", "text_2": "b", "head": "x"}, "no heads"),
        ("/tokenize", {}, "either prompt or messages"),
        ("/detokenize", {"tokens": [99999]}, "99999"),
        ("/v1/classify", {"input": "a"}, "cannot answer this kind of question"),
    ]:
        found = server.post(path, body)
        assert found.status_code == 400, (path, body, found.text)
        assert says in found.json()["error"]["message"]
