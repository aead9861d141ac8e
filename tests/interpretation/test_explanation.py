"""All of an explanation at once: as plain values, and as a page in both languages."""

from __future__ import annotations

import json
import re

import pytest
from tests.interpretation.subjects import SOURCE, language_model, question_of

from yanmo.core.page.speaking import speaking
from yanmo.interpretation.ask import ask
from yanmo.interpretation.deletion_test import deletion_test
from yanmo.interpretation.explanation import Explanation, explain
from yanmo.interpretation.head_ablation import measure_heads
from yanmo.interpretation.page.build import explanation_page
from yanmo.interpretation.page.heat_image import heat_image

SHOWN = {
    "gpt2": {"attribution", "attention", "heads", "lens", "parts"},
    "lstm": {"attribution", "left-out"},
    "t5": {"attribution", "attention", "heads", "lens", "left-out"},
    "bert tag": {"attribution", "attention", "heads", "lens", "left-out"},
    "bert number": {"attribution", "attention", "heads", "left-out"},
    "textcnn class": {"attribution", "left-out"},
}


@pytest.mark.parametrize("kind", SHOWN)
def test_a_page_shows_what_the_model_can_be_explained_by(kind: str) -> None:
    found = explain(question_of(kind), ["occlusion"], model="a <model>")
    for language, code in (("en", "en"), ("zh", "zh-Hans")):
        with speaking(language):
            page = explanation_page(found, language)
        assert f'<html lang="{code}">' in page
        assert "a &lt;model&gt;" in page
        sections = set(re.findall(r'<section id="([\w-]+)"', page))
        assert sections == SHOWN[kind]
        assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
        shown = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page, flags=re.S)
        assert set(re.findall(r"\{\w*\}", shown)) <= {"{layer}", "{head}"}  # the script fills them


@pytest.mark.parametrize("kind", SHOWN)
def test_an_explanation_is_plain_json(kind: str) -> None:
    found = explain(question_of(kind), ["occlusion"])
    told = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert len(told["attributions"][0]["scores"]) == len(told["tokens"])
    assert {one["what"] for one in told["left_out"]} == {one.what for one in found.left_out}
    assert found.as_json(has_attention=False)["attention"] is None


def test_trust_heads_and_another_text_have_their_places() -> None:
    subject = language_model("gpt2")
    questions = [ask(subject, text) for text in (SOURCE, "the river runs", "the sea is never full")]
    clean = ask(subject, "the sea is never full", answer=" the")
    other = ask(subject, "the end is never full", answer=" the")
    same_length = len(clean.tokens) == len(other.tokens)
    found: Explanation = explain(
        clean,
        ["occlusion", "attention"],
        other=other if same_length else None,
        trust=deletion_test(questions, ["occlusion"], num_draws=2),
        measures=measure_heads(questions),
    )
    with speaking("zh"):
        page = explanation_page(found, "zh")
    assert "可以相信到什么程度" in page
    assert "在 3 段文本上" in page
    assert ('id="patching"' in page) == same_length
    told = found.as_json()
    assert told["trust"]["methods"][0]["verdict"] in ("passes", "undecided", "fails")


def test_what_fails_unasked_is_left_out_with_its_reason() -> None:
    found = explain(question_of("lstm"), None)
    reasons = {one.what: one.why for one in found.left_out}
    assert "has no attention heads" in reasons["attention"]
    assert {one.method for one in found.attributions} >= {"occlusion"}


def test_a_picture_is_a_png_of_the_matrix() -> None:
    import base64
    import struct

    address = heat_image([[0.0, 1.0, 0.5]])
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == (3, 1)
