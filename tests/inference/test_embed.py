"""Vectors are transformers' hidden states pooled by hand, whatever is embedded beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from tests.inference.outside_models import save_bert, save_gpt2

from yanmo.checkpoint.model_folder import load_model
from yanmo.core.errors import ConfigError, DataError, RunError
from yanmo.inference.embed import TextEmbedder
from yanmo.inference.embed_config import EmbedConfig
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.language_model import LanguageModel
from yanmo.models.presets import derive_model
from yanmo.tokens.text_codec import load_codec
from yanmo.tokens.tokenizer import Tokenizer

LINES = (
    "Hello, world!",
    "the river runs",
    "白日依山尽，黄河入海流。",
    "hello hello hello hello hello the sea",
    "a",
    "研墨 😀",
)


class Opened:
    """A folder, opened by transformers and by yanmo."""

    def __init__(self, folder: Path, theirs: Any) -> None:
        self.auto = transformers.AutoTokenizer.from_pretrained(folder)
        self.theirs = theirs
        self.model = load_model(folder)
        self.codec = load_codec(folder)

    def embed(self, texts: Sequence[str], **settings: Any) -> np.ndarray:
        embedder = TextEmbedder(self.model, self.codec, EmbedConfig(**settings))
        return embedder.embed(texts).vectors

    def states(self, text: str) -> Any:
        ids = torch.tensor([self.auto.encode(text)])
        with torch.no_grad():
            return self.theirs(ids, output_hidden_states=True).hidden_states

    def pooled(self, pool: Callable[[Any], torch.Tensor]) -> np.ndarray:
        """What `pool` makes of the hidden states (of all layers, (1, T, D) each) of every line."""
        with torch.no_grad():
            return torch.stack([pool(self.states(text)) for text in LINES]).numpy()


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    folder = tmp_path_factory.mktemp("gpt2")
    return Opened(folder, save_gpt2(folder))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    folder = tmp_path_factory.mktemp("bert")
    return Opened(folder, save_bert(folder))


@pytest.fixture(scope="module", params=["gpt2", "bert"])
def opened(request: pytest.FixtureRequest) -> Opened:
    found: Opened = request.getfixturevalue(request.param)
    return found


def test_the_mean_is_that_of_transformers(opened: Opened) -> None:
    expected = opened.pooled(lambda states: states[-1][0].mean(0))
    np.testing.assert_allclose(opened.embed(LINES), expected, atol=1e-5)
    np.testing.assert_allclose(opened.embed(LINES, layer=-1), expected, atol=1e-5)


@pytest.mark.parametrize("layer", [0, 1, 2, 3, -2, -4])
def test_layers_are_counted_as_transformers_counts_them(opened: Opened, layer: int) -> None:
    expected = opened.pooled(lambda states: states[layer][0].mean(0))
    np.testing.assert_allclose(opened.embed(LINES, layer=layer), expected, atol=1e-5)


def test_the_last_token_is_the_last_real_one(opened: Opened) -> None:
    expected = opened.pooled(lambda states: states[-1][0, -1])
    np.testing.assert_allclose(opened.embed(LINES, pooling="last"), expected, atol=1e-5)


def test_the_first_token_and_the_pooler_of_an_encoder(bert: Opened) -> None:
    first = bert.pooled(lambda states: states[-1][0, 0])
    np.testing.assert_allclose(bert.embed(LINES, pooling="cls"), first, atol=1e-5)
    pooler = bert.pooled(lambda states: bert.theirs.bert.pooler(states[-1])[0])
    np.testing.assert_allclose(bert.embed(LINES, pooling="pooler"), pooler, atol=1e-5)


def test_a_vector_does_not_depend_on_what_is_embedded_with_it(opened: Opened) -> None:
    for settings in ({}, {"layer": 1}, {"pooling": "last"}):
        together = opened.embed(LINES, **settings)
        alone = np.concatenate([opened.embed([line], **settings) for line in LINES])
        np.testing.assert_allclose(together, alone, atol=1e-6)
        small = opened.embed(LINES, batch_tokens=1, **settings)
        np.testing.assert_allclose(together, small, atol=1e-6)
        order = [3, 0, 5, 1, 4, 2]
        shuffled = opened.embed([LINES[index] for index in order], **settings)
        np.testing.assert_allclose(shuffled, together[order], atol=1e-6)


def test_vectors_are_of_length_one_where_asked(opened: Opened) -> None:
    plain, unit = opened.embed(LINES), opened.embed(LINES, normalize=True)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(
        unit, plain / np.linalg.norm(plain, axis=1, keepdims=True), atol=1e-6
    )


def test_an_empty_line_is_what_the_model_makes_of_its_own_tokens(
    gpt2: Opened, bert: Opened
) -> None:
    around = torch.tensor([[bert.auto.cls_token_id, bert.auto.sep_token_id]])
    with torch.no_grad():
        expected = bert.theirs.bert(around).last_hidden_state[0].mean(0).numpy()
        np.testing.assert_allclose(bert.embed(["a", ""])[1], expected, atol=1e-5)
        beginning = torch.tensor([[gpt2.auto.bos_token_id]])
        expected = gpt2.theirs.transformer(beginning).last_hidden_state[0].mean(0).numpy()
        np.testing.assert_allclose(gpt2.embed(["", "a"])[0], expected, atol=1e-5)


def test_long_lines_are_cut_and_counted(opened: Opened) -> None:
    embedder = TextEmbedder(opened.model, opened.codec, EmbedConfig())
    long = "hello " * 60
    result = embedder.embed(["a", long, "b"])
    assert (result.num_cut, result.num_empty) == (1, 0)
    ids = opened.auto.encode(long, truncation=True, max_length=32)
    with torch.no_grad():
        states = opened.theirs(torch.tensor([ids]), output_hidden_states=True).hidden_states
    np.testing.assert_allclose(result.vectors[1], states[-1][0].mean(0).numpy(), atol=1e-5)


def test_a_word_is_the_mean_of_its_tokens_in_its_line(opened: Opened) -> None:
    """Offsets by transformers say which tokens those are."""
    line, word = "the hills, the River runs", "river"
    start = line.lower().index(word)
    encoded = opened.auto(line, return_offsets_mapping=True, return_special_tokens_mask=True)
    places = [
        place
        for place, ((begin, end), is_special) in enumerate(
            zip(encoded["offset_mapping"], encoded["special_tokens_mask"], strict=True)
        )
        if not is_special and begin < start + len(word) and end > start
    ]
    assert places
    expected = opened.states(line)[-1][0, places].mean(0).numpy()
    found = opened.embed([line, "a river"], word=word)
    np.testing.assert_allclose(found[0], expected, atol=1e-5)


def test_a_word_has_the_same_vector_in_the_same_context_and_another_elsewhere(
    bert: Opened,
) -> None:
    lines = ["the river runs", "the river runs", "白日 river 黄河", "world, hello river"]
    same, again, other, further = bert.embed(lines, word="river", normalize=True)
    assert same @ again == pytest.approx(1.0, abs=1e-5)
    assert max(same @ other, same @ further) < 0.999


def test_a_line_without_the_word_is_an_error_with_its_number(opened: Opened) -> None:
    embedder = TextEmbedder(opened.model, opened.codec, EmbedConfig(word="sea"))
    with pytest.raises(DataError, match=r"line 12: the word 'sea' is not"):
        embedder.embed(["the sea", "the season"], first_line=11)
    with pytest.raises(DataError, match=r"after the 32 tokens"):
        embedder.embed(["hello " * 60 + "sea"])


def test_a_bert_of_the_published_width_gives_a_state_for_each_of_six_ids(tmp_path: Path) -> None:
    save_bert(tmp_path, hidden_size=768, num_attention_heads=12, num_hidden_layers=1)
    model, codec = load_model(tmp_path), load_codec(tmp_path)
    ids = codec.with_specials("Hello, world!")
    assert len(ids) == 6
    with torch.no_grad():
        output = model(tokens=torch.tensor([ids]))
    assert output.hidden.shape == (1, 6, 768)
    assert output.logits.shape == (1, 6, codec.vocab_size)


def test_no_lines_give_no_vectors(opened: Opened) -> None:
    assert opened.embed([]).shape == (0, 32)


def test_settings_that_cannot_take_effect_are_refused(gpt2: Opened, bert: Opened) -> None:
    for opened, settings, message in (
        (gpt2, {"pooling": "cls"}, "has read nothing"),
        (gpt2, {"pooling": "pooler"}, "no pooler"),
        (bert, {"pooling": "pooler", "layer": 1}, "no other layer"),
        (bert, {"layer": 4}, "no layer 4"),
        (bert, {"layer": -5}, "no layer -5"),
        (bert, {"pooling": "last", "word": "a"}, "mean of its tokens"),
    ):
        with pytest.raises(ConfigError, match=message):
            opened.embed(LINES, **settings)


def test_a_tokenizer_of_another_model_is_an_error(gpt2: Opened, bert: Opened) -> None:
    embedder = TextEmbedder(bert.model, gpt2.codec, EmbedConfig())
    with pytest.raises(DataError, match="the model has"):
        embedder.embed(["<|", "".join(map(chr, range(0x2000, 0x2100)))])


def test_states_that_are_no_numbers_are_an_error(make_model: Any, tokenizer: Tokenizer) -> None:
    model = make_model("gpt2", tokenizer.vocab_size)
    with torch.no_grad():
        model.blocks[0].mlp.up_proj.weight.fill_(torch.nan)
    with pytest.raises(RunError, match="not numbers"):
        TextEmbedder(model, tokenizer, EmbedConfig()).embed(["a"])


def test_our_own_models_embed_with_their_own_tokenizer(
    make_model: Any, tokenizer: Tokenizer
) -> None:
    model = make_model("qwen3", tokenizer.vocab_size, max_seq_len=64)
    vectors = TextEmbedder(model, tokenizer, EmbedConfig()).embed(["白日 😀", ""]).vectors
    for vector, text in zip(vectors, ["白日 😀", ""], strict=True):
        ids = torch.tensor([tokenizer.encode(text, add_special_tokens=True)])
        with torch.no_grad():
            expected = model(tokens=ids).hidden[0].mean(0).numpy()
        np.testing.assert_allclose(vector, expected, atol=1e-5)


FAMILIES = (
    *("qwen3", "llama", "gpt2", "qwen3_moe", "transformer", "glm", "bert", "roberta", "t5"),
    *("marian", "rnn", "lstm", "gru", "cnn", "ffn"),
)


def build(family: str, tokenizer: Tokenizer) -> LanguageModel:
    """A random model in double precision, so that sums do not depend on the shape of a batch."""
    section = {"family": family, "depth": 2, "d_model": 32, "max_seq_len": 32}
    config = derive_model(ModelConfig.model_validate(section), tokenizer.vocab_size).config
    return build_model(config, torch.device("cpu"), seed=0).double().eval()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_embeds_a_line_alike_alone_and_with_others(
    family: str, tokenizer: Tokenizer
) -> None:
    embedder = TextEmbedder(build(family, tokenizer), tokenizer, EmbedConfig())
    lines = ["the sea is never full", "", "白日依山尽", "the"]
    together = embedder.embed(lines).vectors
    alone = np.concatenate([embedder.embed([line]).vectors for line in lines])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert len({tuple(row) for row in together.round(6).tolist()}) == len(lines)


def test_a_recurrent_encoder_decoder_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(ConfigError, match="only Transformers"):
        TextEmbedder(build("lstm_seq2seq", tokenizer), tokenizer, EmbedConfig())


def test_the_output_projection_is_untouched_afterwards(gpt2: Opened) -> None:
    gpt2.embed(LINES)
    with torch.no_grad():
        assert gpt2.model(tokens=torch.tensor([[1, 2, 3]])).logits.shape[1] == 3
