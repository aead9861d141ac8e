"""BERT and RoBERTa against `transformers`: its folders in our hands, our folders in its hands.

The models are tiny and random; nothing is downloaded. Values are compared at real positions: what
stands at padding means nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from yanmo.checkpoint.model_folder import load_model, load_model_config, save_model_folder
from yanmo.core.errors import CheckpointError
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.encoder import Encoder
from yanmo.models.presets import derive_model
from yanmo.models.transformer_config import TransformerConfig

transformers = pytest.importorskip("transformers")

SIZES: dict[str, Any] = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
}
FIELDS: dict[str, dict[str, Any]] = {
    "Bert": SIZES | {"max_position_embeddings": 24, "layer_norm_eps": 1e-4, "type_vocab_size": 3},
    "Roberta": SIZES | {"max_position_embeddings": 26, "layer_norm_eps": 1e-4, "pad_token_id": 1},
}
HEADED = [
    pytest.param("BertForMaskedLM", {}, id="bert"),
    pytest.param("BertForMaskedLM", {"tie_word_embeddings": False}, id="bert-untied"),
    pytest.param("BertForMaskedLM", {"hidden_act": "relu"}, id="bert-relu"),
    pytest.param("BertForMaskedLM", {"hidden_act": "gelu_new"}, id="bert-gelu-tanh"),
    pytest.param("BertForPreTraining", {}, id="bert-both-heads"),
    pytest.param("RobertaForMaskedLM", {}, id="roberta"),
    pytest.param("RobertaForMaskedLM", {"tie_word_embeddings": False}, id="roberta-untied"),
    pytest.param("RobertaForMaskedLM", {"pad_token_id": 0}, id="roberta-pad-0"),
    pytest.param(
        "RobertaForMaskedLM", {"pad_token_id": 9, "max_position_embeddings": 34}, id="roberta-pad-9"
    ),
]
LENGTHS = (24, 15, 1)
"""Real tokens of the rows; the rest is padding."""


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def build_theirs(name: str, fields: dict[str, Any] | None = None, **more: Any) -> Any:
    family = "Roberta" if name.startswith("Roberta") else "Bert"
    config = getattr(transformers, f"{family}Config")(**FIELDS[family] | (fields or {}))
    torch.manual_seed(0)
    model = getattr(transformers, name)(config, **more)
    shake(model)
    return model.eval()


def shake(model: torch.nn.Module) -> None:
    """Away from the small initial values, so that a wrong norm, bias or row of a table shows."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))


def build_ours(family: str, pad_id: int = 90, **fields: Any) -> Encoder:
    section = ModelConfig.model_validate(
        {"family": family, "depth": 3, "d_model": 32, "num_heads": 4, "max_seq_len": 24}
    )
    derived = derive_model(section, 100, {"eos": 89, "pad": pad_id}).config
    assert isinstance(derived, TransformerConfig)
    config = TransformerConfig.model_validate(dict(derived) | fields)
    model = build_model(config, torch.device("cpu"), seed=0)
    assert isinstance(model, Encoder)
    shake(model)
    return model.eval()


class Rows:
    """Padded rows with segments, in both tongues."""

    def __init__(self, pad_id: int, num_segments: int) -> None:
        generator = torch.Generator().manual_seed(2)
        self.is_real = torch.arange(24)[None] < torch.tensor(LENGTHS)[:, None]  # (B, T)
        ids = torch.randint(10, 89, self.is_real.shape, generator=generator)  # no special ids
        tokens = ids.where(self.is_real, torch.tensor(pad_id))
        segments = torch.randint(num_segments, tokens.shape, generator=generator)
        document_ids = torch.where(self.is_real, 0, -1)
        self.ours = {"tokens": tokens, "document_ids": document_ids, "segments": segments}
        mask = self.is_real.long()
        self.theirs = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": segments}


def rows_for(theirs: Any) -> Rows:
    return Rows(theirs.config.pad_token_id, theirs.config.type_vocab_size)


@torch.no_grad()
def assert_same_states(ours: Encoder, theirs: Any) -> Any:
    """The states after the embeddings and after every block are equal; returns both outputs."""
    rows = rows_for(theirs)
    found: list[torch.Tensor] = []
    hooks = [ours.blocks[0].register_forward_pre_hook(lambda _, args: found.append(args[0]))]
    hooks += [
        block.register_forward_hook(lambda _, __, x: found.append(x)) for block in ours.blocks
    ]
    output = ours(**rows.ours)
    for hook in hooks:
        hook.remove()
    their_output = theirs(**rows.theirs, output_hidden_states=True)
    assert len(found) == len(their_output.hidden_states) == 4
    for mine, expected in zip(found, their_output.hidden_states, strict=True):
        assert expected.std() > 0.3, "states that hardly differ prove nothing"
        torch.testing.assert_close(mine[rows.is_real], expected[rows.is_real], atol=1e-5, rtol=0)
    return output, their_output, rows


def assert_same_scores(ours: Encoder, theirs: Any) -> None:
    output, their_output, rows = assert_same_states(ours, theirs)
    expected = getattr(their_output, "prediction_logits", None)
    expected = their_output.logits if expected is None else expected
    assert expected.std() > 0.5, "logits that hardly differ prove nothing"
    found = output.scores[rows.is_real]
    torch.testing.assert_close(found, expected[rows.is_real], atol=1e-4, rtol=0)
    if hasattr(their_output, "seq_relationship_logits"):
        torch.testing.assert_close(
            output.next_sentence_scores, their_output.seq_relationship_logits, atol=1e-5, rtol=0
        )


def edit_weights(folder: Path, edit: Any) -> None:
    path = folder / "model.safetensors"
    save_file(edit(load_file(path)), path, metadata={"format": "pt"})


def edit_config(folder: Path, **fields: Any) -> None:
    path = folder / "config.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(known | fields), encoding="utf-8")


@pytest.mark.parametrize(("name", "fields"), HEADED)
def test_their_folder_gives_their_states_and_scores(
    tmp_path: Path, name: str, fields: dict[str, Any]
) -> None:
    theirs = build_theirs(name, fields)
    theirs.save_pretrained(tmp_path)
    ours = load_model(tmp_path)
    assert isinstance(ours, Encoder)
    assert_same_scores(ours, theirs)


def test_their_sharded_folder_gives_their_scores(tmp_path: Path) -> None:
    theirs = build_theirs("BertForPreTraining")
    theirs.save_pretrained(tmp_path, max_shard_size="20KB")
    assert (tmp_path / "model.safetensors.index.json").exists()
    ours = load_model(tmp_path)
    assert isinstance(ours, Encoder) and ours.config.has_next_sentence
    assert_same_scores(ours, theirs)


@pytest.mark.parametrize("has_pooler", [True, False])
@pytest.mark.parametrize("name", ["BertModel", "RobertaModel"])
def test_a_folder_of_the_bare_body_gives_states_and_no_scores(
    tmp_path: Path, name: str, has_pooler: bool
) -> None:
    theirs = build_theirs(name, add_pooling_layer=has_pooler)
    theirs.save_pretrained(tmp_path)
    ours = load_model(tmp_path)
    assert isinstance(ours, Encoder)
    assert ours.num_params() == theirs.num_parameters()
    output, their_output, _ = assert_same_states(ours, theirs)
    assert output.scores is None
    if has_pooler:
        expected = their_output.pooler_output
        torch.testing.assert_close(output.pooled, expected, atol=1e-5, rtol=0)
    else:
        assert output.pooled is None and their_output.pooler_output is None


def test_weights_decide_which_heads_there_are(tmp_path: Path) -> None:
    """The published BERT holds a pooler and both heads, and calls itself BertForMaskedLM."""
    theirs = build_theirs("BertForPreTraining")
    theirs.save_pretrained(tmp_path)
    edit_config(tmp_path, architectures=["BertForMaskedLM"])
    assert load_model_config(tmp_path) == load_model(tmp_path).config
    ours = load_model(tmp_path)
    assert isinstance(ours, Encoder)
    assert_same_scores(ours, theirs)
    (tmp_path / "model.safetensors").unlink()
    alone = load_model_config(tmp_path)
    assert isinstance(alone, TransformerConfig)
    assert (alone.has_mlm_head, alone.has_pooler, alone.has_next_sentence) == (True, False, False)


def test_names_of_older_versions_are_read(tmp_path: Path) -> None:
    theirs = build_theirs("BertForPreTraining")
    theirs.save_pretrained(tmp_path)

    def write_as_before(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        old = {
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
                "LayerNorm.bias", "LayerNorm.beta"
            ): tensor
            for name, tensor in state.items()
        }
        old["bert.embeddings.position_ids"] = torch.arange(24)[None]
        table = state["bert.embeddings.word_embeddings.weight"]
        old["cls.predictions.decoder.weight"] = table.clone()
        old["cls.predictions.decoder.bias"] = state["cls.predictions.bias"].clone()
        return old

    edit_weights(tmp_path, write_as_before)
    assert "bert.embeddings.LayerNorm.gamma" in load_file(tmp_path / "model.safetensors")
    ours = load_model(tmp_path)
    assert isinstance(ours, Encoder)
    assert_same_scores(ours, theirs)


@pytest.mark.parametrize("has_next_sentence", [True, False])
@pytest.mark.parametrize("tie_embeddings", [True, False])
def test_our_bert_gives_our_scores_in_transformers(
    tmp_path: Path, tie_embeddings: bool, has_next_sentence: bool
) -> None:
    fields = {"tie_embeddings": tie_embeddings, "has_next_sentence": has_next_sentence}
    ours = build_ours("bert", has_pooler=has_next_sentence, **fields)
    folder = save(ours, tmp_path)
    known = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    theirs, info = getattr(transformers, known["architectures"][0]).from_pretrained(
        folder, output_loading_info=True
    )
    assert type(theirs).__name__ == (
        "BertForPreTraining" if has_next_sentence else "BertForMaskedLM"
    )
    assert not any(info[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    if tie_embeddings:
        assert theirs.num_parameters() == ours.num_params()
    assert_same_scores(ours, theirs.eval())
    masked = transformers.AutoModelForMaskedLM.from_pretrained(folder)
    assert_same_scores(ours, masked.eval())


@pytest.mark.parametrize("pad_id", [0, 1, 90])
@pytest.mark.parametrize("tie_embeddings", [True, False])
def test_our_roberta_gives_our_scores_in_transformers(
    tmp_path: Path, tie_embeddings: bool, pad_id: int
) -> None:
    ours = build_ours("roberta", pad_id, tie_embeddings=tie_embeddings)
    folder = save(ours, tmp_path)
    theirs, info = transformers.AutoModelForMaskedLM.from_pretrained(
        folder, output_loading_info=True
    )
    assert not any(info[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert theirs.config.pad_token_id == pad_id
    assert_same_scores(ours, theirs.eval())
    again = load_model(folder)
    assert isinstance(again, Encoder)
    assert_same_scores(again, theirs)


@pytest.mark.parametrize("family", ["bert", "roberta"])
@pytest.mark.parametrize("has_mlm_head", [True, False])
def test_our_folder_opens_as_the_bare_model(
    tmp_path: Path, family: str, has_mlm_head: bool
) -> None:
    ours = build_ours(family, has_pooler=True, has_mlm_head=has_mlm_head)
    theirs = transformers.AutoModel.from_pretrained(save(ours, tmp_path)).eval()
    output, their_output, _ = assert_same_states(ours, theirs)
    torch.testing.assert_close(output.pooled, their_output.pooler_output, atol=1e-5, rtol=0)


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_our_folder_in_shards_gives_our_scores(tmp_path: Path, family: str) -> None:
    ours = build_ours(family, has_pooler=False)
    folder = save(ours, tmp_path, max_shard_bytes=20_000)
    assert (folder / "model.safetensors.index.json").exists()
    theirs = transformers.AutoModelForMaskedLM.from_pretrained(folder).eval()
    assert_same_scores(ours, theirs)
    again = load_model(folder)
    assert again.config == load_model_config(folder)
    for name, parameter in ours.state_dict().items():
        assert torch.equal(again.state_dict()[name], parameter), name


def test_their_masked_loss_is_ours(tmp_path: Path) -> None:
    theirs = build_theirs("BertForMaskedLM")
    theirs.save_pretrained(tmp_path)
    rows = rows_for(theirs)
    is_hidden = rows.is_real & (torch.arange(24) % 3 == 0)
    labels = rows.ours["tokens"].where(is_hidden, torch.tensor(-100))
    with torch.no_grad():
        ours = load_model(tmp_path)(**rows.ours, labels=labels).loss_sum / is_hidden.sum()
        expected = theirs(**rows.theirs, labels=labels).loss
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=0)


def test_a_folder_that_has_only_a_pickle_is_refused(tmp_path: Path) -> None:
    theirs = build_theirs("BertForMaskedLM")
    theirs.config.save_pretrained(tmp_path)
    torch.save(theirs.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin") as caught:
        load_model(tmp_path)
    assert "safetensors" in caught.value.hint


@pytest.mark.parametrize(
    "feature",
    [
        {"position_embedding_type": "relative_key"},
        {"is_decoder": True},
        {"add_cross_attention": True},
        {"hidden_act": "silu"},
        {"pruned_heads": {"1": [0]}},
    ],
)
@pytest.mark.parametrize("name", ["BertForMaskedLM", "RobertaForMaskedLM"])
def test_features_that_change_the_numbers_are_refused(
    tmp_path: Path, name: str, feature: dict[str, Any]
) -> None:
    build_theirs(name).save_pretrained(tmp_path)
    edit_config(tmp_path, **feature)
    with pytest.raises(CheckpointError) as caught:
        load_model(tmp_path)
    assert next(iter(feature)) in caught.value.why


def test_the_head_of_a_task_is_not_dropped_in_silence(tmp_path: Path) -> None:
    build_theirs("BertForSequenceClassification").save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match=r"classifier"):
        load_model(tmp_path)


def save(model: Encoder, directory: Path, **options: Any) -> Path:
    pad_id = model.config.pad_id
    assert pad_id is not None
    ids = {"bos": 89, "eos": 89, "pad": pad_id}
    save_model_folder(model, directory / "model", save_tokenizer=None, special_ids=ids, **options)
    return directory / "model"
