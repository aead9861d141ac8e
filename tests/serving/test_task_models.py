"""What task models say over HTTP is what the library says; encoder-decoders write with beams."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.serving.learned_model import TEXTS
from tests.serving.running import RunningServer

from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.checkpoint.task_folder import load_task_folder, save_task_folder
from yanmo.inference.opened_folder import open_folder
from yanmo.inference.predict import TaskPredictor
from yanmo.inference.write_text import write_texts
from yanmo.inference.writing_config import WritingConfig
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.tokens.tokenizer import Tokenizer

HEADS = (
    HeadSpec("topic", "classification", ("sea", "hill", "moon")),
    HeadSpec("score", "regression"),
    HeadSpec("entities", "tagging", ("O", "B-PER", "I-PER")),
    HeadSpec("spans", "spans"),
)


def random_model(family: str, vocab_size: int) -> Any:
    fields = {"family": family, "depth": 1, "d_model": 32, "max_seq_len": 64, "num_heads": 4}
    config = derive_model(ModelConfig.model_validate(fields), vocab_size).config
    model = build_model(config, torch.device("cpu"), seed=0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


@pytest.fixture(scope="module")
def folders(learned: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    tokenizer = Tokenizer.load(learned)
    ids = {"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    folder = tmp_path_factory.mktemp("tasks")
    heads = TaskModel(random_model("bert", tokenizer.vocab_size), HEADS)
    heads.init_heads(3)
    save_task_folder(heads, folder / "heads", save_tokenizer=tokenizer.save, special_ids=ids)
    for family in ("marian", "bert"):
        save_model_folder(
            random_model(family, tokenizer.vocab_size),
            folder / family,
            save_tokenizer=tokenizer.save,
            special_ids=ids,
        )
    return {name: folder / name for name in ("heads", "marian", "bert")}


@pytest.fixture(scope="module")
def server(folders: dict[str, Path], learned: Path) -> Iterator[RunningServer]:
    running = RunningServer({**folders, "ink": learned})
    yield running
    running.close()


def test_heads_say_what_they_say_in_the_library(
    server: RunningServer, folders: dict[str, Path]
) -> None:
    model = load_task_folder(folders["heads"])
    codec = Tokenizer.load(folders["heads"])

    def ask(path: str, **body: Any) -> list[Any]:
        found = server.post(path, {"model": "heads", **body})
        assert found.status_code == 200, found.text
        data: list[Any] = found.json()["data"]
        assert [one["index"] for one in data] == list(range(len(data)))
        return data

    classes = TaskPredictor(model, codec, head="topic").classify(TEXTS).items
    for place, one in enumerate(ask("/v1/classify", input=TEXTS)):
        assert one["label"] == classes[place].label
        assert one["probs"] == pytest.approx(classes[place].probabilities, abs=1e-5)
        assert list(one["probabilities"]) == ["sea", "hill", "moon"]
    pairs = TaskPredictor(model, codec, head="score").score(TEXTS, TEXTS[::-1]).items
    found = ask("/v1/classify", input=TEXTS, second=TEXTS[::-1], head="score")
    assert [one["score"] for one in found] == pytest.approx(pairs, abs=1e-4)
    found = ask("/v1/similarity", text_1=TEXTS, text_2=TEXTS[::-1])
    assert [one["score"] for one in found] == pytest.approx(pairs, abs=1e-4)
    entities = TaskPredictor(model, codec, head="entities").entities(TEXTS).items
    found = ask("/v1/entities", input=TEXTS)
    assert [[e["text"] for e in one["entities"]] for one in found] == [
        [entity.text for entity in own] for own in entities
    ]
    answers = TaskPredictor(model, codec, head="spans").answer(
        ["who?"] * len(TEXTS), TEXTS, threshold=-100.0
    )
    found = ask("/v1/answers", question="who?", passage=TEXTS, threshold=-100.0)
    assert [one["answer"] for one in found] == [one.answer for one in answers.items]
    for text, one in zip(TEXTS, found, strict=True):
        assert text[one["start"] :].startswith(one["answer"])


@pytest.mark.parametrize("num_beams", [1, 4])
def test_an_encoder_decoder_writes_what_the_library_writes(
    server: RunningServer, folders: dict[str, Path], num_beams: int
) -> None:
    opened = open_folder(folders["marian"], "cpu")
    config = WritingConfig(num_beams=num_beams, max_new_tokens=12)
    expected = [one.text for one in write_texts(opened.model, opened.tokenizer, TEXTS[:2], config)]
    extra = {"num_beams": num_beams}
    settings: dict[str, Any] = {"model": "marian", "prompt": TEXTS[:2], "max_tokens": 12}
    found = server.openai.completions.create(**settings, extra_body=extra)
    assert [choice.text for choice in found.choices] == expected
    assert found.usage is not None
    assert found.usage.completion_tokens > 0
    streamed = server.openai.completions.create(**settings, extra_body=extra, stream=True)
    assert [chunk.choices[0].text for chunk in streamed] == expected


def test_each_model_says_what_it_is_asked_for(server: RunningServer) -> None:
    kinds = {one.id: one.kind for one in server.openai.models.list().data}  # type: ignore[attr-defined]
    assert kinds == {"heads": "task", "marian": "seq2seq", "bert": "masked", "ink": "causal"}
    assert server.openai.models.retrieve("bert").id == "bert"
    assert len(server.openai.embeddings.create(model="bert", input="a").data[0].embedding) == 32
    for model, path, body, says in [
        ("heads", "/v1/completions", {"prompt": "a"}, "/v1/answers, /v1/classify, /v1/entities"),
        ("heads", "/v1/embeddings", {"input": "a"}, "cannot make vectors"),
        ("bert", "/v1/completions", {"prompt": "a"}, "answers under /v1/embeddings"),
        ("bert", "/v1/entities", {"input": "a"}, "answers under /v1/embeddings"),
        ("heads", "/v1/classify", {"input": "a", "head": "x"}, "no head 'x'"),
        ("heads", "/v1/entities", {"input": "a", "head": "topic"}, "cannot answer this kind"),
        ("marian", "/v1/completions", {"prompt": "a", "temperature": 1}, "temperature"),
        ("marian", "/v1/completions", {"prompt": "a", "n": 2}, "n has no effect"),
        ("marian", "/v1/completions", {"prompt": "a " * 200}, "reads 64"),
        (None, "/v1/completions", {"prompt": "a"}, "name one of the models"),
    ]:
        body = body if model is None else {"model": model, **body}
        found = server.post(path, body)
        assert found.status_code == 400, found.text
        assert says in found.json()["error"]["message"]
