"""A probe finds what was planted in the states, and the control task finds nothing."""

from __future__ import annotations

import numpy as np
import pytest
from tests.interpretation.subjects import SOURCE, TEXT, language_model, task_model

from yanmo.core.errors import DataError
from yanmo.interpretation.hidden_states import text_states, word_states
from yanmo.interpretation.probes import probe_layers, probe_words

WORDS = ["the", "sea", "river", "film", "end", "full", "to", "never", "bad", "runs"]


def sentences(count: int) -> list[list[str]]:
    generator = np.random.default_rng(0)
    return [list(generator.choice(WORDS, size=6)) for _ in range(count)]


def test_a_word_in_a_text_can_be_read_off_and_a_random_label_cannot() -> None:
    texts = [" ".join(words) for words in sentences(120)]
    labels = ["sea" if " sea" in f" {text}" else "none" for text in texts]
    report = probe_layers(language_model("gpt2"), texts, labels)
    assert [layer.layer for layer in report.layers] == ["embeddings", "1", "2"]
    embeddings = report.layers[0]
    assert embeddings.accuracy.mean > 0.9
    assert embeddings.control_accuracy.mean < 0.65
    assert embeddings.selectivity.low > 0.2
    assert embeddings.gain is None and report.layers[1].gain is not None


def test_what_only_the_context_knows_is_not_in_the_embeddings() -> None:
    """The label of a word is the word before it: a state can know it, a table of words cannot."""
    own = sentences(150)
    labels = [["first", *("sea" if w == "sea" else "other" for w in words[:-1])] for words in own]
    report = probe_words(language_model("lstm"), own, labels)
    embeddings, last = report.layers
    assert report.unit == "word" and report.num_items == 900
    assert embeddings.accuracy.mean < 0.85
    assert last.gain is not None and last.gain.low > 0.02
    assert last.selectivity.low > embeddings.selectivity.high


def test_the_control_task_is_learned_where_words_can_be_told_apart() -> None:
    """A random label for each kind of word is a matter of memory: embeddings suffice for it."""
    own = sentences(150)
    labels = [["sea" if word == "sea" else "other" for word in words] for words in own]
    report = probe_words(language_model("gpt2"), own, labels)
    assert report.layers[0].accuracy.mean > 0.95
    assert report.layers[0].control_accuracy.mean > 0.8
    assert report.layers[0].selectivity.mean < 0.2


@pytest.mark.parametrize("family", ["bert", "t5", "bilstm", "textcnn", "gpt2"])
def test_states_do_not_depend_on_the_batch(family: str) -> None:
    subject = task_model(family)
    together = text_states(subject, [TEXT, "the sea", SOURCE])
    alone = text_states(subject, ["the sea"])
    assert list(together) == list(alone)
    for name, states in together.items():
        np.testing.assert_allclose(states[1], alone[name][0], atol=1e-5)


def test_words_have_the_state_of_their_last_token() -> None:
    states, owners = word_states(language_model("gpt2"), [["the", "whale"], ["sea"]])
    assert owners == [(0, 0), (0, 1), (1, 0)]
    assert {len(own) for own in states.values()} == {3}
    with pytest.raises(DataError, match="keeps no state for each word"):
        word_states(task_model("textcnn"), [["the"]])


def test_too_few_labels_are_told() -> None:
    subject = language_model("gpt2")
    with pytest.raises(DataError, match="the rarest is b: 1"):
        probe_layers(subject, [TEXT] * 8, ["a"] * 7 + ["b"])
    with pytest.raises(DataError, match="not one label for each word"):
        probe_words(subject, [["the", "sea"]], [["a"]])
