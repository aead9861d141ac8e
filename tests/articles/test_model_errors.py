"""Errors about models that articles make, each held to what is right.

Every test is named for the claim that is right; the docstring gives the number of the error (E5,
E6 ...), what is often written, and what is so.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from tests.docs.pages import REPOSITORY
from torch import nn
from torch.nn import functional as F

from yanmo.core.errors import ConfigError
from yanmo.core.messages_zh import CHINESE
from yanmo.models.build import build_model
from yanmo.models.config import Family, ModelConfig
from yanmo.models.convolution import ConvolutionModel
from yanmo.models.convolution_config import TextCNNConfig, derive_convolution
from yanmo.models.encoder_decoder import EncoderDecoder
from yanmo.models.feed_forward import FeedForwardModel
from yanmo.models.feed_forward_config import derive_feed_forward
from yanmo.models.language_model import LanguageModel
from yanmo.models.presets import derive_model
from yanmo.models.recurrent import RecurrentModel
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.models.text_cnn import TextCNN
from yanmo.nn.attention import Attention, AttentionContext
from yanmo.nn.attention_steps import attend_in_steps, stable_softmax
from yanmo.nn.block import Block
from yanmo.nn.cross_entropy import linear_cross_entropy
from yanmo.nn.mlp import MLP
from yanmo.nn.norm import build_norm
from yanmo.nn.sinusoidal import sinusoidal_encoding
from yanmo.pipeline.worked_examples.catalogue import EXAMPLES
from yanmo.tokens.outside_folder import read_outside_folder
from yanmo.tokens.outside_tokenizer import OutsideTokenizer
from yanmo.training.objectives.classification import ClassificationLoss
from yanmo.training.objectives.regression import RegressionLoss
from yanmo.training.objectives.span_corruption import pairs_to_batch

CPU = torch.device("cpu")
VOCAB = 256
FAMILIES: tuple[Family, ...] = get_args(Family)


def build(family: str, **fields: Any) -> Any:
    """A tiny model of a family, ready to be asked."""
    tiny = {"depth": 2, "d_model": 32, "max_seq_len": 24, "family": family}
    config = derive_model(ModelConfig.model_validate(tiny | fields), VOCAB).config
    return build_model(config, CPU, seed=0).eval()


def lay(model: Any) -> Any:
    """The model with its initial weights, ready to be asked."""
    model.init_weights(0)
    return model.eval()


def draw_ids(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, VOCAB, shape, generator=torch.Generator().manual_seed(seed))


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def ask(model: LanguageModel, tokens: torch.Tensor, **more: Any) -> Any:
    """A forward pass; an encoder-decoder gets the tokens as its source too."""
    if model.kind == "seq2seq":
        more["source_tokens"] = tokens
    return model(tokens, **more)


def steps_of(name: str) -> dict[str, Any]:
    """The numbers of a worked example by their symbols."""
    return {symbol: x for step in EXAMPLES[name]().steps for symbol, x in step.values.items()}


def layer_of(num_heads: int, width: int = 8) -> Attention:
    torch.manual_seed(0)
    return Attention(
        d_model=width,
        num_heads=num_heads,
        num_kv_heads=num_heads,
        head_dim=width // num_heads,
        has_bias=False,
        norm_eps=None,
        dropout=0.0,
    ).double()


def test_hidden_states_are_as_long_as_the_text_and_scores_as_wide_as_the_vocabulary() -> None:
    """E5: six tokens gave "logits" (1, 1092, 768) or (1, 16, 768), GPT-2's were (1, 16, 50265376).
    Six tokens give hidden states (1, 6, D), which are no logits; logits are (1, T, V)."""
    encoder = build("bert", d_model=96, num_heads=3)
    output = encoder(draw_ids(1, 6))
    assert output.hidden.shape == (1, 6, 96)
    assert output.logits.shape == (1, 6, VOCAB)
    decoder = build("gpt2")
    assert decoder(draw_ids(1, 7)).logits.shape == (1, 7, VOCAB)


def test_two_words_are_six_tokens_of_bert(tmp_path: Path) -> None:
    """E5: "Hello, world!" was 16 tokens, then 1092. It is [CLS] hello , world ! [SEP]."""
    entries = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "world", ",", "!"]
    (tmp_path / "vocab.txt").write_text("\n".join(entries) + "\n", encoding="utf-8")
    tokenizer = read_outside_folder(tmp_path, None)
    assert isinstance(tokenizer, OutsideTokenizer)
    ids = [
        *tokenizer.beginning_ids,
        *tokenizer.encode("Hello, world!"),
        *tokenizer.ending_ids,
    ]
    assert [entries[id] for id in ids] == ["[CLS]", "hello", ",", "world", "!", "[SEP]"]


def test_asking_a_model_does_not_train_it() -> None:
    """E5: one forward pass was called pre-training. Weights stay what they are."""
    model = build("bert")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model(draw_ids(1, 6), labels=draw_ids(1, 6, seed=1))
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("family", ["rnn", "lstm", "gru"])
def test_the_last_batch_of_an_epoch_may_be_smaller(family: str) -> None:
    """E6: a state for 64 rows met a batch of fewer. The state has the size of the batch."""
    model = build(family)
    whole = model(draw_ids(8, 5)).logits
    for num_rows in (1, 3):
        part = model(draw_ids(8, 5)[:num_rows]).logits
        torch.testing.assert_close(part, whole[:num_rows], atol=1e-6, rtol=0)


@pytest.mark.parametrize("family", ["lstm", "gpt2"])
def test_the_loss_takes_every_position_of_every_row(family: str) -> None:
    """E6: logits (B T, V) were compared with targets (B). There is a target for each position."""
    model = build(family)
    tokens, labels = draw_ids(3, 5), draw_ids(3, 5, seed=1)
    logits = model(tokens).logits
    expected = F.cross_entropy(logits.view(-1, VOCAB), labels.view(-1), reduction="sum")
    torch.testing.assert_close(model(tokens, labels=labels).loss_sum, expected)
    with pytest.raises(ValueError, match="batch_size"):
        F.cross_entropy(logits.view(-1, VOCAB), labels[:, 0])


@pytest.mark.parametrize("family", FAMILIES)
def test_the_embedding_of_a_token_is_one_row_of_the_table(family: str) -> None:
    """E8: rows were words and columns a word's vector. Row i is token i: onehot(i) W = W[i]."""
    embed = build(family).embed
    assert embed.weight.shape[0] == VOCAB
    ids = draw_ids(4)
    one_hot = F.one_hot(ids, VOCAB).float()
    torch.testing.assert_close(one_hot @ embed.weight, embed(ids), atol=0, rtol=0)


def test_the_matrix_after_three_hidden_units_has_three_columns() -> None:
    """E9: W_k was 2 x 2 after a hidden layer of three. It is 2 x 3, and z = W_k h."""
    found = steps_of("network")
    weight, hidden = np.array(found["W_k"]), np.array(found["h"])
    assert weight.shape == (2, 3)
    assert hidden.shape == (3,)
    with pytest.raises(ValueError, match="mismatch"):
        weight[:, :2] @ hidden


def test_a_feed_forward_model_has_room_for_all_words_that_it_sees() -> None:
    """E9: two words were fed to a network with inputs for one. Their vectors stand side by side."""
    config = derive_feed_forward(
        depth=1, vocab_size=VOCAB, max_seq_len=24, d_model=16, context_tokens=2
    )
    model = lay(FeedForwardModel(config))
    assert model.up_proj.in_features == 2 * 16
    tokens = draw_ids(1, 5)
    other = tokens.clone()
    other[0, 1] = (other[0, 1] + 1) % VOCAB
    is_changed = (model(tokens).logits != model(other).logits).any(-1)[0]
    assert is_changed.tolist() == [False, True, True, False, False]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_loss_is_that_of_probabilities(family: str) -> None:
    """E9: the cross-entropy was taken of scores that nothing had made probabilities."""
    model = build(family)
    tokens, labels = draw_ids(2, 6), draw_ids(2, 6, seed=1)
    logits = ask(model, tokens).logits.double()
    probabilities = stable_softmax(logits)
    torch.testing.assert_close(probabilities.sum(-1), torch.ones(2, 6, dtype=torch.float64))
    expected = -probabilities.gather(2, labels[..., None]).log().sum()
    found = ask(model, tokens, labels=labels).loss_sum.double()
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-5)


@pytest.mark.parametrize(("family", "num_states"), [("rnn", 1), ("lstm", 2), ("gru", 1)])
def test_a_state_has_a_row_for_each_layer(family: str, num_states: int) -> None:
    """E10: two layers of an LSTM got a state (1, B, H). It is (L, B, H), twice for an LSTM."""
    model: RecurrentModel = build(family, d_ff=48)
    state = model.build_cache(batch_size=3).tensors
    assert len(state) == num_states
    assert all(part.shape == (model.config.num_layers, 3, 48) for part in state)
    assert model.config.num_layers == 2


@pytest.mark.parametrize("family", ["rnn", "lstm", "gru"])
def test_a_recurrent_model_needs_no_state_to_begin_with(family: str) -> None:
    """E10: the evaluation called a model without the state that its forward demanded. None given
    is a state of zeros."""
    model = build(family)
    tokens = draw_ids(2, 6)
    given = model(tokens, cache=model.build_cache(batch_size=2)).logits
    torch.testing.assert_close(model(tokens).logits, given, atol=1e-6, rtol=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_language_model_reads_ids_and_no_images(family: str) -> None:
    """E10: images of numbers between -1 and 1 were fed to an embedding. It takes integers."""
    with pytest.raises(RuntimeError, match=r"Long|Int|integ|indices"):
        ask(build(family), torch.rand(2, 6))


def test_a_convolutional_language_model_keeps_time_and_does_not_see_ahead() -> None:
    """E11: the greatest value over time was taken before decoding, one distribution for a whole
    text. There is one for each position, and it depends on what came before."""
    config = derive_convolution(depth=2, vocab_size=VOCAB, max_seq_len=24, d_model=32)
    model = lay(ConvolutionModel(config))
    tokens = draw_ids(1, 9)
    other = tokens.clone()
    other[0, 6] = (other[0, 6] + 1) % VOCAB
    logits, changed = model(tokens).logits, model(other).logits
    assert logits.shape == (1, 9, VOCAB)
    torch.testing.assert_close(logits[:, :6], changed[:, :6], atol=1e-6, rtol=0)
    assert (logits[:, 6] != changed[:, 6]).any()


def test_the_loss_leaves_padding_out() -> None:
    """E11: a loss for each position was never reduced. It is a sum over the targets that count,
    one number, whatever padding stands beside them."""
    model = build("gpt2")
    tokens, labels = draw_ids(2, 6), draw_ids(2, 6, seed=1)
    padded_tokens = torch.cat((tokens, torch.zeros(2, 3, dtype=torch.long)), dim=1)
    padded_labels = torch.cat((labels, torch.full((2, 3), -100)), dim=1)
    loss = model(tokens, labels=labels).loss_sum
    assert loss.shape == ()
    torch.testing.assert_close(model(padded_tokens, labels=padded_labels).loss_sum, loss)


def test_diagrams_are_no_dependency() -> None:
    """E11: `import mermaid`. Mermaid is a text format; there is nothing to install."""
    assert "mermaid" not in (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8").lower()


@pytest.mark.parametrize("family", ["t5", "marian", "rnn_seq2seq", "lstm_seq2seq", "gru_seq2seq"])
def test_an_encoder_keeps_a_state_for_each_token_of_the_source(family: str) -> None:
    """E12: every encoder made one vector of fixed length. Attention keeps all states, so that what
    the decoder may look at grows with the source."""
    model = build(family)
    sizes = [model.encode(draw_ids(1, length)).shape[1] for length in (4, 9)]
    assert sizes[1] - sizes[0] == 5


def test_without_attention_the_decoder_sees_the_last_state_only() -> None:
    """E12: the bottleneck was said to be how it is done. It is a baseline, which one may choose."""
    model = build("gru_seq2seq", attention="none")
    source, target = draw_ids(1, 7), draw_ids(1, 4, seed=1)
    memory = model.encode(source)
    logits = model(target, memory=memory).logits
    other = memory.clone()
    other[:, :7] += 1.0  # the states of the source; behind them stands the last one
    torch.testing.assert_close(model(target, memory=other).logits, logits)
    other[:, 7:] += 1.0
    assert (model(target, memory=other).logits != logits).any()


def test_the_decoder_reads_the_target_shifted_by_one() -> None:
    """E12: inputs and targets were the same sequence. The decoder reads a start, then the target
    without its last token, and targets are integers."""
    source, target = np.array([5, 6, 7]), np.array([8, 9, 10, 2])
    batch = pairs_to_batch([(source, target)], pad_id=0, start_id=1)
    assert batch["tokens"].tolist() == [[1, 8, 9, 10]]
    assert batch["labels"].tolist() == [[8, 9, 10, 2]]
    assert np.issubdtype(batch["labels"].dtype, np.integer)


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_an_encoder_sees_what_comes_after(family: str) -> None:
    """E13: masking was shown as a property of all attention. An encoder has no causal mask."""
    model = build(family)
    tokens = draw_ids(1, 6)
    other = tokens.clone()
    other[0, 5] = (other[0, 5] + 1) % VOCAB
    assert (model(tokens).hidden[:, 0] != model(other).hidden[:, 0]).any()


@pytest.mark.parametrize("family", ["t5", "marian"])
def test_a_decoder_attends_to_the_encoder_and_not_ahead(family: str) -> None:
    """E13: encoder and decoder were described without cross-attention. Each block of the decoder
    has it: another source changes every score; a later target token changes no earlier one."""
    model: EncoderDecoder = build(family)
    assert all(block.cross_attn is not None for block in model.decoder.blocks)
    assert all(block.cross_attn is None for block in model.encoder.blocks)
    source, target = draw_ids(1, 5), draw_ids(1, 6, seed=1)
    scores = model(target, source_tokens=source).logits
    later = target.clone()
    later[0, 4] = (later[0, 4] + 1) % VOCAB
    changed = model(later, source_tokens=source).logits
    torch.testing.assert_close(changed[:, :4], scores[:, :4], atol=1e-6, rtol=0)
    assert (changed[:, 4] != scores[:, 4]).any()
    elsewhere = model(target, source_tokens=draw_ids(1, 5, seed=2)).logits
    assert (elsewhere != scores).any(-1).all()


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_an_encoder_alone_does_not_write(family: str) -> None:
    """E14, E29: translations and dialogues were credited to BERT. An encoder fills gaps; writing
    takes a decoder, alone or behind an encoder."""
    model = build(family)
    assert model.kind == "masked"
    with pytest.raises(TypeError, match="does not write"):
        model.build_cache(batch_size=1)
    assert {build(name).kind for name in ("t5", "marian", "gru_seq2seq")} == {"seq2seq"}
    assert {build(name).kind for name in ("gpt2", "qwen3", "llama")} == {"causal"}


def test_attention_projects_features_and_compares_all_pairs_of_tokens() -> None:
    """E15: weights acted on positions, and Q K^T of five tokens had three rows. Q = X W mixes
    features within a token; Q K^T is T x T; rows of the softmax add up to 1; there is one context
    vector for each position."""
    found = {symbol: torch.tensor(x) for symbol, x in steps_of("attention").items()}
    assert found["QK"].shape == (5, 5)
    assert found["A"].shape == (5, 5)
    assert found["C"].shape == found["X"].shape
    torch.testing.assert_close(found["A"].sum(1), torch.ones(5))
    scaled = F.scaled_dot_product_attention(*(found["Q"][None] for _ in range(3)))[0]
    torch.testing.assert_close(found["C"], scaled, atol=1e-6, rtol=0)
    assert not torch.allclose(found["W"] @ found["X"], found["Q"])


def test_a_token_alone_is_projected_alone() -> None:
    """E15: W X adds up different tokens. The query of a token depends on that token only."""
    layer, x = layer_of(1), draw(1, 5, 8)
    other = x.clone()
    other[0, 3] += 1.0
    is_changed = (layer.q_proj(x) != layer.q_proj(other)).any(-1)[0]
    assert is_changed.tolist() == [False, False, False, True, False]


def test_attention_is_divided_by_the_root_of_the_width_of_a_head() -> None:
    """E15: the root of d_k was lost. With it, random scores keep a deviation of 1 at any width."""
    for width in (16, 256):
        query, key = draw(400, width), draw(400, width, seed=1)
        scores = attend_in_steps(query, key, key).scores
        assert abs(scores.std().item() - 1.0) < 0.1
        assert abs((query @ key.T).std().item() / math.sqrt(width) - 1.0) < 0.1


@pytest.mark.parametrize("num_heads", [1, 2, 4])
def test_heads_are_slices_of_the_width_over_the_whole_sequence(num_heads: int) -> None:
    """E16: heads divided the sequence into parts, and projections were 3 d_k wide. Each head sees
    every position in d_model / h features of its own; the layer joins them with W_O. With one head
    it is plain attention."""
    layer, x = layer_of(num_heads), draw(1, 6, 8)
    width = 8 // num_heads
    assert layer.q_proj.weight.shape == (8, 8)
    parts = []
    for head in range(num_heads):
        rows = slice(head * width, (head + 1) * width)
        query, key, value = (
            x[0] @ projection.weight[rows].T
            for projection in (layer.q_proj, layer.k_proj, layer.v_proj)
        )
        steps = attend_in_steps(query, key, value)
        assert steps.weights.shape == (6, 6)
        parts.append(steps.output)
    expected = torch.cat(parts, dim=1) @ layer.o_proj.weight.T
    torch.testing.assert_close(layer(x, AttentionContext(), 0)[0], expected, atol=1e-12, rtol=0)


def test_heads_with_equal_weights_are_one_head_twice() -> None:
    """E16: both heads were given the same matrices. They begin different, and equal ones would
    compute the same."""
    layer, x = layer_of(2), draw(1, 6, 8)
    assert not torch.equal(*layer.q_proj.weight.chunk(2))
    with torch.no_grad():
        for projection in (layer.q_proj, layer.k_proj, layer.v_proj):
            projection.weight[4:] = projection.weight[:4]
        layer.o_proj.weight.copy_(torch.eye(8))
    first, second = layer(x, AttentionContext(), 0).chunk(2, dim=-1)
    torch.testing.assert_close(first, second, atol=1e-12, rtol=0)


@pytest.mark.parametrize("changed", range(1, 6))
def test_only_a_decoder_is_blind_to_what_comes(changed: int) -> None:
    """E17: masked attention was "the Transformer's attention". In a decoder a token never changes
    an earlier score; in an encoder it does."""
    tokens = draw_ids(1, 6)
    other = tokens.clone()
    other[0, changed] = (other[0, changed] + 1) % VOCAB
    decoder, encoder = build("gpt2"), build("bert")
    before, after = decoder(tokens).logits, decoder(other).logits
    torch.testing.assert_close(before[:, :changed], after[:, :changed], atol=1e-6, rtol=0)
    assert (encoder(tokens).hidden[:, 0] != encoder(other).hidden[:, 0]).any()


def test_a_key_is_no_secret_in_chinese() -> None:
    """E17: the key of attention was translated as a cryptographic key. It is 键."""
    assert [
        wording for wording in CHINESE.values() if "密钥" in wording and "查询" in wording
    ] == []
    page = (REPOSITORY / "docs" / "zh" / "math.md").read_text(encoding="utf-8")
    assert page.count("密钥") == 1  # where the page warns of it
    assert page.count("键") > 10


def test_sines_and_cosines_of_positions_take_turns() -> None:
    """E18: PE was sin(p a) + cos(p b). PE[p, 2i] = sin(p / 10000^(2i/d)), PE[p, 2i+1] = cos."""
    table = sinusoidal_encoding(torch.arange(50)[None], 8)[0].double()
    for p in (0, 1, 7, 49):
        for i in range(4):
            angle = p / 10_000 ** (2 * i / 8)
            assert abs(table[p, 2 * i].item() - math.sin(angle)) < 1e-6
            assert abs(table[p, 2 * i + 1].item() - math.cos(angle)) < 1e-6


@pytest.mark.parametrize("family", ["bert", "roberta", "gpt2"])
def test_bert_learns_its_positions(family: str) -> None:
    """E18: BERT was said to use sines. Its positions are a table of parameters, and so are GPT-2's;
    the first Transformer's are computed and have none."""
    model = build(family)
    names = {name for name, _ in model.named_parameters()}
    assert "embed_positions.weight" in names
    assert not any("position" in name for name, _ in build("marian").named_parameters())


@pytest.mark.parametrize("family", FAMILIES)
def test_the_order_of_the_words_counts(family: str) -> None:
    """E18, and what positions are for: the same words in another order give other scores."""
    model = build(family)
    tokens = torch.tensor([[5, 6, 7, 8, 9]])
    swapped = torch.tensor([[6, 5, 7, 8, 9]])
    difference = ask(model, tokens).logits[:, -1] - ask(model, swapped).logits[:, -1]
    assert difference.abs().max() > 1e-6


def test_the_feed_forward_layer_adds_its_bias_before_the_relu() -> None:
    """E19: max(v, 0) was written for max(v + b, 0), and a column of tokens met a 2 x 2 matrix."""
    layer = MLP(d_model=2, d_ff=2, activation="relu", has_bias=True)
    with torch.no_grad():
        layer.up_proj.weight.copy_(torch.eye(2))
        layer.down_proj.weight.fill_(1.0)
        layer.up_proj.bias.fill_(1.0)
        layer.down_proj.bias.fill_(1.0)
    assert layer(torch.tensor([[1.0, -2.0]])).tolist() == [[3.0, 3.0]]
    assert layer(torch.tensor([[-3.0, -2.0]])).tolist() == [[1.0, 1.0]]
    with pytest.raises(RuntimeError, match="shapes"):
        layer(torch.ones(5, 1))


def block_of(is_post_norm: bool, width: int = 8) -> Block:
    return Block(
        attn=layer_of(2, width),
        mlp=MLP(d_model=width, d_ff=2 * width, activation="relu", has_bias=False).double(),
        attn_norm=build_norm("layer_norm", width, 1e-5).double(),
        mlp_norm=build_norm("layer_norm", width, 1e-5).double(),
        dropout=0.0,
        is_post_norm=is_post_norm,
    )


def test_a_block_adds_both_branches_to_what_came_in() -> None:
    """E20: Transformer(X) = MLP(X + LN(MHA(X))). Pre-norm: x += MHA(LN x), x += MLP(LN x);
    post-norm: x = LN(x + MHA(x)), x = LN(x + MLP(x)). Zero weights make pre-norm the identity."""
    x, context = draw(1, 5, 8), AttentionContext()
    for is_post_norm in (False, True):
        block = block_of(is_post_norm)
        attn, mlp = block.attn, block.mlp
        if is_post_norm:
            middle = block.attn_norm(x + attn(x, context, 0))
            expected = block.mlp_norm(middle + mlp(middle))
        else:
            middle = x + attn(block.attn_norm(x), context, 0)
            expected = middle + mlp(block.mlp_norm(middle))
        torch.testing.assert_close(block(x, context, 0), expected, atol=1e-12, rtol=0)
        wrong = mlp(x + block.attn_norm(attn(x, context, 0)))
        assert (block(x, context, 0) - wrong).abs().max() > 0.1
    block = block_of(is_post_norm=False)
    for parameter in (block.attn.o_proj.weight, block.mlp.down_proj.weight):
        nn.init.zeros_(parameter)
    assert torch.equal(block(x, context, 0), x)


@pytest.mark.parametrize("placement", ["before", "after"])
def test_both_places_of_the_norm_train(placement: str) -> None:
    """E20: either order learns a short text by heart; where norms stand is a choice."""
    model = build("transformer", norm_placement=placement).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    text = draw_ids(2, 12)
    losses = []
    for _ in range(60):
        loss = model(text[:, :-1], labels=text[:, 1:]).loss_sum / text[:, 1:].numel()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_the_softmax_has_exponentials() -> None:
    """E21: scores over their sum. Scores may be negative, and adding to all changes nothing."""
    scores = torch.tensor([1.0, -2.0, 0.0])
    found = stable_softmax(scores)
    expected = [math.exp(x) / sum(map(math.exp, scores.tolist())) for x in scores.tolist()]
    torch.testing.assert_close(found, torch.tensor(expected))
    assert (found > 0).all()
    torch.testing.assert_close(stable_softmax(scores + 100), found)
    assert torch.isfinite(stable_softmax(scores + 1000)).all()
    assert (scores / scores.sum() < 0).any()


def test_a_cross_entropy_is_never_negative() -> None:
    """E22: -0.415 for two classes. The example gives 0.932 or 0.500, and no scores give less
    than 0."""
    weight = torch.tensor([[0.7, 0.8, 0.1], [0.9, 1.0, 0.2]])
    hidden = torch.tensor([[0.67, 0.99, 1.0]])
    losses = [linear_cross_entropy(hidden, weight, torch.tensor([y])).item() for y in (0, 1)]
    assert [round(loss, 3) for loss in losses] == [0.932, 0.5]
    scores = 30 * draw(500, 7)
    for label in range(7):
        each = [
            linear_cross_entropy(row[None], torch.eye(7).double(), torch.tensor([label])).item()
            for row in scores
        ]
        assert min(each) >= 0.0


def test_scores_may_be_negative() -> None:
    """E22: a ReLU stood on the scores, which makes all negative ones equal. There is none."""
    for family in ("gpt2", "lstm", "bert"):
        assert (build(family)(draw_ids(2, 6)).logits < 0).any()


def test_a_class_and_its_one_hot_vector_have_the_same_loss() -> None:
    """E22: classes by number or as probabilities, the loss is -log p of the true one."""
    scores, labels = draw(4, 3).float(), torch.tensor([0, 2, 1, 1])
    expected = -scores.log_softmax(1)[torch.arange(4), labels].sum()
    loss = ClassificationLoss()
    torch.testing.assert_close(loss.loss_of_scores(scores, labels), expected)
    torch.testing.assert_close(loss.loss_of_scores(scores, F.one_hot(labels, 3)), expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_squared_error_is_refused_for_a_language_model(family: str) -> None:
    """E23: squared error was called a usual loss of language models. It is for numbers."""
    batch = {"tokens": draw_ids(2, 6), "labels": torch.zeros(2)}
    with pytest.raises(ConfigError, match="squared error is no loss for a language model"):
        RegressionLoss().loss(build(family), batch)


def test_a_lower_learning_rate_takes_more_steps() -> None:
    """E24: a lower rate was said to raise the speed of convergence. It needs more steps."""
    steps = []
    for rate in (0.4, 0.1, 0.01):
        x, count = 1.0, 0
        while abs(x) > 1e-3:
            x -= rate * 2 * x
            count += 1
        steps.append(count)
    assert steps == sorted(steps)
    assert steps[0] * 10 < steps[2]


def test_a_rate_that_falls_at_the_end_leaves_a_lower_loss_under_noise() -> None:
    """E24: what lowering the rate does do: noise is averaged out at the end."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(2000, 200, generator=generator, dtype=torch.float64)
    finals = []
    for has_decay in (False, True):
        x = torch.ones(200, dtype=torch.float64)
        for step, each in enumerate(noise):
            rate = 0.2 * (1 - step / len(noise)) if has_decay else 0.2
            x = x - rate * (2 * x + each)
        finals.append(x.square().mean().item())
    assert finals[1] < 0.2 * finals[0]


def test_residual_streams_and_not_learning_rates_keep_gradients_alive() -> None:
    """E24: the learning rate was to prevent vanishing gradients. A gradient does not depend on it;
    through 40 layers with residuals it arrives, through 40 without it has vanished."""
    norms = {}
    for has_residual in (True, False):
        torch.manual_seed(0)
        layers = [MLP(d_model=16, d_ff=16, activation="relu", has_bias=False) for _ in range(40)]
        x = torch.ones(1, 16, requires_grad=True)
        h = x
        for layer in layers:
            h = h + layer(h) if has_residual else layer(h)
        (gradient,) = torch.autograd.grad(h.sum(), x)
        norms[has_residual] = gradient.norm().item()
    assert norms[True] > 1.0
    assert norms[False] < 1e-6


def test_clipping_shrinks_what_explodes_and_leaves_what_vanishes() -> None:
    """E24: clipping is against explosion. A small gradient stays as small as it was."""
    for size, expected in ((1e-6, 1e-6), (1e6, 1.0)):
        parameter = nn.Parameter(torch.zeros(4))
        parameter.grad = torch.full((4,), size / 2)
        nn.utils.clip_grad_norm_([parameter], 1.0)
        assert parameter.grad.norm().item() == pytest.approx(expected, rel=1e-3)


def test_a_classifier_gives_one_score_for_each_class() -> None:
    """E27: the output of a classifier was the logits of a language model. It is (B, classes)."""
    config = TextCNNConfig(vocab_size=VOCAB, num_classes=3, d_model=16, num_filters=4)
    assert lay(TextCNN(config))(draw_ids(5, 9)).scores.shape == (5, 3)
    for family in ("bert", "gpt2"):
        classifier = TaskModel(build(family), [HeadSpec("topic", "classification", tuple("abc"))])
        classifier.init_heads(0)
        assert classifier(draw_ids(5, 9)).scores.shape == (5, 3)
    labels = torch.zeros(2, dtype=torch.long)
    with pytest.raises(AssertionError, match="one score for each class"):
        ClassificationLoss().loss_of_scores(build("gpt2")(draw_ids(2, 6)).logits, labels)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_loss_begins_at_the_logarithm_of_the_vocabulary(family: str) -> None:
    """E32: a language model's loss began at 2.3026, which is ln 10: ten classes. It begins at
    ln V, within two hundredths."""
    model = build(family)
    tokens, labels = draw_ids(8, 24), draw_ids(8, 24, seed=1)
    loss = ask(model, tokens, labels=labels).loss_sum.item() / labels.numel()
    assert abs(loss / math.log(VOCAB) - 1) < 0.02
    assert round(math.log(10), 4) == 2.3026
