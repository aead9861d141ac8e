"""Linear probes: what can be read off the states of each layer by logistic regression.

For each layer a classifier learns labels from states, in folds, so that it is judged on items that
it has not seen. Beside it stand the plain token embeddings, the most frequent label, and a control
task (Hewitt and Liang 2019): labels that have nothing to do with language, drawn at random for
every kind of word, or for every text. Only what the probe can do beyond that, its selectivity,
speaks of the states. That something can be read off does not say that the model uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.interpretation.hidden_states import EMBEDDINGS, text_states, word_states
from yanmo.interpretation.intervals import Interval, mean_interval
from yanmo.interpretation.subject import Subject

MAX_ITERATIONS = 500
STRENGTH = 0.1
"""Inverse of the regularisation, on standardised states."""

Features = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ProbedLayer:
    """What can be read off one layer.

    Attributes:
        layer: "embeddings" for tokens alone, then the layers from "1".
        accuracy: on items that the probe has not seen.
        control_accuracy: of the same probe on the control task.
        selectivity: accuracy less that, item by item.
        gain: accuracy less that of plain embeddings, item by item; None of those themselves.
    """

    layer: str
    accuracy: Interval
    control_accuracy: Interval
    selectivity: Interval
    gain: Interval | None


@dataclass(frozen=True)
class ProbeReport:
    """All layers on the same items.

    Attributes:
        unit: whether an item is a text or a word.
        num_items: of them.
        labels: in alphabetical order.
        majority: share of the most frequent label.
        num_folds: in which items are judged.
        layers: from the embeddings up.
    """

    unit: Literal["text", "word"]
    num_items: int
    labels: tuple[str, ...]
    majority: float
    num_folds: int
    layers: tuple[ProbedLayer, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)


def probe_layers(
    subject: Subject,
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    num_folds: int = 5,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> ProbeReport:
    """Read labels of texts off the mean state of each layer.

    Raises:
        DataError: there are fewer than two labels, or one has fewer items than there are folds.
    """
    states = text_states(subject, texts)
    generator = np.random.default_rng(seed)
    control = generator.permutation(np.asarray(labels))
    groups = np.arange(len(texts))
    return _probe("text", states, labels, control, groups, num_folds, seed, progress)


def probe_words(
    subject: Subject,
    sentences: Sequence[Sequence[str]],
    labels: Sequence[Sequence[str]],
    *,
    num_folds: int = 5,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> ProbeReport:
    """Read a label of every word off the state of its last token, in each layer. Folds part
    sentences; the control task gives every kind of word a label of its own.

    Raises:
        DataError: as `probe_layers`, or a sentence has more words than labels.
    """
    states, owners = word_states(subject, sentences)
    flat, words, groups = [], [], []
    for sentence, word in owners:
        if len(labels[sentence]) != len(sentences[sentence]):
            raise DataError(
                t("sentence {number} has not one label for each word", number=sentence + 1)
            )
        flat.append(labels[sentence][word])
        words.append(sentences[sentence][word])
        groups.append(sentence)
    generator = np.random.default_rng(seed)
    names = np.asarray(sorted(set(flat)))
    share = np.array([flat.count(name) for name in names]) / max(1, len(flat))
    kinds = {word: str(generator.choice(names, p=share)) for word in sorted(set(words))}
    control = np.asarray([kinds[word] for word in words])
    return _probe("word", states, flat, control, np.asarray(groups), num_folds, seed, progress)


def _probe(
    unit: Literal["text", "word"],
    states: dict[str, Features],
    labels: Sequence[str],
    control: npt.NDArray[Any],
    groups: npt.NDArray[np.int64],
    num_folds: int,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> ProbeReport:
    own = np.asarray(labels)
    names, counts = np.unique(own, return_counts=True)
    if len(names) < 2 or counts.min() < num_folds:
        raise DataError(
            t("a probe needs two labels or more, each {count} times or more", count=num_folds),
            why=t("the rarest is {name}: {count}", name=names[counts.argmin()], count=counts.min()),
        )
    folds = _folds(own, groups, num_folds, seed)
    layers = []
    first: npt.NDArray[np.float64] | None = None
    for number, (name, features) in enumerate(states.items(), start=1):
        right = _judged(features, own, folds)
        right_control = _judged(features, control, folds)
        first = right if name == EMBEDDINGS else first
        gain = None
        if name != EMBEDDINGS and first is not None:
            gain = mean_interval(right - first, seed)
        layers.append(
            ProbedLayer(
                name,
                mean_interval(right, seed),
                mean_interval(right_control, seed),
                mean_interval(right - right_control, seed),
                gain,
            )
        )
        if progress is not None:
            progress(number, len(states))
    majority = float(counts.max() / counts.sum())
    return ProbeReport(unit, len(own), tuple(names.tolist()), majority, num_folds, tuple(layers))


def _folds(
    labels: npt.NDArray[Any], groups: npt.NDArray[np.int64], num_folds: int, seed: int
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if len(np.unique(groups)) == len(groups):
        splitter = StratifiedKFold(num_folds, shuffle=True, random_state=seed)
        return list(splitter.split(labels, labels))
    by_group = StratifiedGroupKFold(num_folds, shuffle=True, random_state=seed)
    return list(by_group.split(labels, labels, groups))


def _judged(
    features: Features,
    labels: npt.NDArray[Any],
    folds: Sequence[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]],
) -> npt.NDArray[np.float64]:
    """(n,), 1 where a probe that has not seen the item is right."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    right = np.zeros(len(labels))
    for train, test in folds:
        if len(np.unique(labels[train])) < 2:
            right[test] = labels[test] == labels[train][0]
            continue
        probe = make_pipeline(
            StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=MAX_ITERATIONS)
        )
        probe.fit(features[train], labels[train])
        right[test] = probe.predict(features[test]) == labels[test]
    return right
