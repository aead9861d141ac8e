"""A score is the same however it is asked for; rows without a token are such rows."""

from __future__ import annotations

import pytest
import torch
from tests.interpretation.subjects import (
    KINDS,
    SOURCE,
    TAGGER,
    TEXT,
    language_model,
    question_of,
    task_model,
    tokenizer,
)
from tests.models.task_backbones import SPAN

from yanmo.core.errors import ConfigError
from yanmo.interpretation.ask import ask
from yanmo.interpretation.next_question import NextQuestion


@pytest.mark.parametrize("kind", KINDS)
def test_the_score_is_a_function_of_the_embeddings(kind: str) -> None:
    question = question_of(kind)
    with torch.no_grad():
        embedded = question.score_embedded(question.embeddings().repeat(2, 1, 1))
    assert embedded.tolist() == pytest.approx([question.answer.score] * 2, abs=1e-4)
    noise = torch.randn(question.embeddings().shape, generator=torch.Generator().manual_seed(0))
    moved = question.embeddings() + noise
    with torch.no_grad():
        assert abs(float(question.score_embedded(moved)[0]) - question.answer.score) > 1e-3
    assert question.answer.score == pytest.approx(float(question.evaluate().scores[0]), abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_different_lengths_in_one_batch_score_as_they_do_alone(kind: str) -> None:
    question = question_of(kind)
    generator = torch.Generator().manual_seed(0)
    kept = torch.rand(5, len(question.tokens), generator=generator) < 0.6
    kept[0] = True
    together = question.evaluate(kept).scores
    alone = torch.cat([question.evaluate(row[None]).scores for row in kept])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=0)
    assert together[0] == pytest.approx(question.answer.score, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_left_is_still_a_row(kind: str) -> None:
    question = question_of(kind)
    none = torch.zeros(1, len(question.tokens), dtype=torch.bool)
    assert bool(question.evaluate(none).scores.isfinite().all())


def test_a_prompt_without_a_token_scores_as_the_shorter_prompt() -> None:
    subject = language_model("gpt2")
    question = ask(subject, "the sea is full", answer=" the")
    assert isinstance(question, NextQuestion)
    kept = torch.ones(1, len(question.tokens), dtype=torch.bool)
    kept[0, 2] = False
    ids = [token.id for place, token in enumerate(question.tokens) if place != 2]
    with torch.no_grad():
        logits = subject.model(tokens=torch.tensor([ids])).logits[0, -1, : tokenizer().vocab_size]
    expected = logits.log_softmax(-1)[question.written_ids[0]]
    if len(question.written_ids) == 1:
        assert question.evaluate(kept, "delete").scores[0] == pytest.approx(
            float(expected), abs=1e-5
        )


def test_a_continuation_scores_as_its_tokens_one_after_another() -> None:
    subject = language_model("qwen3")
    question = ask(subject, TEXT, answer=" is full")
    assert isinstance(question, NextQuestion)
    assert len(question.written_ids) > 1
    ids = [token.id for token in question.tokens]
    total = 0.0
    for one in question.written_ids:
        with torch.no_grad():
            logits = subject.model(tokens=torch.tensor([ids])).logits[0, -1]
        total += float(logits[: tokenizer().vocab_size].log_softmax(-1)[one])
        ids.append(one)
    assert question.answer.score == pytest.approx(total, abs=1e-4)
    assert question.answer.kind == "continuation"


def test_the_answer_is_what_the_model_says_by_itself() -> None:
    question = question_of("gpt2")
    found = question.evaluate()
    assert int(found.log_probs[0].argmax()) == question.answer_options[0]
    assert not question.answer.is_given
    labelled = ask(task_model("bert"), TEXT, label="fair")
    assert (labelled.answer.text, labelled.answer.is_given) == ("fair", True)


def test_log_odds_of_two_classes_are_the_difference_of_their_scores() -> None:
    subject = task_model("bert", TAGGER)
    question = ask(subject, TEXT, word="sea", label="B-LOC")
    log_probs = question.evaluate().log_probs[0]
    probability = float(log_probs[TAGGER.labels.index("B-LOC")].exp())
    odds = torch.tensor(probability / (1 - probability)).log()
    assert question.answer.score == pytest.approx(float(odds), rel=1e-3)


def test_tokens_know_their_characters_in_both_languages() -> None:
    for text in (TEXT, SOURCE, "你好 😀👍🏽 白日"):
        question = ask(language_model("gpt2"), text)
        own = [token for token in question.tokens if not token.is_special]
        covered = set()
        for token in own:
            assert token.text == "⋯" or token.text == text[token.start : token.end]
            covered.update(range(token.start, token.end))
        assert covered == set(range(len(text)))
        shown = "".join(token.text for token in own if token.text != "⋯")
        assert shown == text


def test_a_long_prompt_is_cut_where_the_model_would_cut_it_and_told() -> None:
    question = ask(language_model("gpt2"), TEXT * 20)
    assert question.num_cut_tokens > 0
    assert len(question.tokens) == 48


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("bert", {"label": "great"}), "no label great"),
        (("bert", {"word": "sea"}), "tags no words"),
        (("bert", {"answer": "x"}), "has a head and writes nothing"),
        (("gpt2 lm", {"label": "good"}), "takes no --label"),
        (("gpt2 lm", {"answer": ""}), "the answer has no tokens"),
        (("bert lm", {}), "one blank"),
        (("tagger", {"word": "whale"}), "no word whale"),
        (("spans", {}), "answers a question from a passage"),
        (("spans", {"second": TEXT, "answer": "whale"}), "does not hold the answer"),
    ],
)
def test_what_cannot_be_asked_is_told(arguments: tuple[str, dict[str, str]], told: str) -> None:
    kind, given = arguments
    subjects = {
        "bert": lambda: task_model("bert"),
        "gpt2 lm": lambda: language_model("gpt2"),
        "bert lm": lambda: language_model("bert"),
        "tagger": lambda: task_model("bert", TAGGER),
        "spans": lambda: task_model("bert", SPAN),
    }
    with pytest.raises(ConfigError, match=told):
        ask(subjects[kind](), TEXT, **given)


def test_a_removal_that_the_tokenizer_has_no_token_for_is_refused() -> None:
    question = question_of("gpt2")
    assert question.resolve("auto") == "delete"
    assert question_of("bert class").resolve("auto") == "mask"
    kept = torch.ones(1, len(question.tokens), dtype=torch.bool)
    kept[0, 1] = False
    rows = question.rows(kept, "pad")
    assert int(rows.inputs["tokens"][0, 1]) == tokenizer().pad_id
