"""Private items are found and masked; what only looks like them stays."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.corpus.privacy.planted import (
    LOOKALIKES,
    Planted,
    broken_items,
    iban,
    planted_items,
    with_luhn,
)

from yanmo.corpus.privacy.config import PrivacyConfig
from yanmo.corpus.privacy.masking import TYPES, MaskPrivate, TooPrivate, find_private
from yanmo.corpus.steps import Rewritten, Rule, Transform
from yanmo.corpus.text_column import text_buffers

DEFAULT_TYPES = [name for name in TYPES if name != "user_name"]


def batch_of(*texts: str, metadata: str = "{}") -> pa.RecordBatch:
    columns = {"text": list(texts), "metadata": [metadata] * len(texts)}
    return pa.RecordBatch.from_pydict(columns)


def mask(*texts: str, **settings: object) -> Rewritten:
    return MaskPrivate(PrivacyConfig.model_validate(settings)).transform(batch_of(*texts))


def masked(text: str, **settings: object) -> str:
    return str(mask(text, **settings).batch["text"][0].as_py())


def found(texts: list[str]) -> list[list[tuple[str, str]]]:
    """The type and the text of each item, by row."""
    column = pa.array(texts, pa.string())
    data = text_buffers(column).data
    items = find_private(column, DEFAULT_TYPES)
    return [
        [
            (item.type, data[item.start : item.stop].tobytes().decode())
            for item in items.get(row, [])
        ]
        for row in range(len(texts))
    ]


def test_planted_items_are_found_whole_and_alone() -> None:
    planted = planted_items(120)
    wrong: list[tuple[Planted, object]] = []
    for item, items in zip(planted, found([item.text for item in planted]), strict=True):
        if items != [(item.type, item.secret)]:
            wrong.append((item, items))
    assert len(wrong) <= 0.02 * len(planted), wrong[:5]


def test_wrong_check_digits_are_left_alone() -> None:
    broken = broken_items(120)
    wrong = [items for items in found([item.text for item in broken]) if items]
    assert len(wrong) <= 0.01 * len(broken), wrong


@pytest.mark.parametrize("text", LOOKALIKES)
def test_lookalikes_stay(text: str) -> None:
    assert found([text]) == [[]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("邮箱wang_wu@qq.com联系", "邮箱<EMAIL>联系"),
        ("Mail bob@gmx.de.Then go.", "Mail <EMAIL>.Then go."),
        ("电话：１３８１２３４５６７８。", "电话：<PHONE>。"),
        ("手机 138 1234 5678，传真 010-62345678-123", "手机 <PHONE>，传真 <PHONE>"),
        ("Call me at 9498777106!", "Call me at <PHONE>!"),
        ("call (415) 555-2671 or 415-555-2671 x123", "call <PHONE> or <PHONE>"),
        ("身份证11010519491231002X。", "身份证<CHINESE_ID>。"),
        ("身份证号：110105491231002", "身份证号：<CHINESE_ID>"),
        ("IBAN GB82 WEST 1234 5698 7654 32 please", "IBAN <IBAN> please"),
        ("from 93.184.216.34:8080", "from <IP_ADDRESS>:8080"),
        ("[2606:4700:4700::1111]", "[<IP_ADDRESS>]"),
        ("ftp://bob:hunter2@ftp.foo.com/x", "ftp://<SECRET>@ftp.foo.com/x"),
        ("api_key = 'f3A9kd82JfKq0s7Xz1Lm'", "api_key = '<SECRET>'"),
        ("SSN 123 45 6789", "SSN <US_SSN>"),
        ("zhang＠163.com", "<EMAIL>"),
        ("13800138001 13900139002\n15000150003", "<PHONE> <PHONE>\n<PHONE>"),
        ("138001380011", "138001380011"),
    ],
)
def test_typical_items(text: str, expected: str) -> None:
    assert masked(text) == expected


def test_names_after_an_at_sign_are_masked_on_request_only() -> None:
    text = "回复@张三丰: 转发 @some_user hello, me@gmx.de"
    assert masked(text) == "回复@张三丰: 转发 @some_user hello, <EMAIL>"
    assert masked(text, user_name=True) == ("回复@<USER_NAME>: 转发 @<USER_NAME> hello, <EMAIL>")


@pytest.mark.parametrize("name", DEFAULT_TYPES)
def test_every_type_can_be_switched_off(name: str) -> None:
    rng = random.Random(3)
    sample = {item.type: item.text for item in planted_items(1, rng.randint(0, 99))}
    assert f"<{name.upper()}>" in masked(sample[name])
    assert f"<{name.upper()}>" not in masked(sample[name], **{name: False})


def test_places_are_characters_of_the_new_text() -> None:
    text = "他的邮箱是bob@gmx.de，手机13812345678；she: +1 415 555 2671"
    result = mask("nothing here", text)
    places = json.loads(result.batch["metadata"][1].as_py())["private"]
    new = result.batch["text"][1].as_py()
    assert [(name, new[start:stop]) for name, start, stop in places] == [
        ("email", "<EMAIL>"),
        ("phone", "<PHONE>"),
        ("phone", "<PHONE>"),
    ]
    assert result.counts == {"email": 1, "phone": 2}
    assert result.batch["metadata"][0].as_py() == "{}"


def test_metadata_is_kept() -> None:
    batch = batch_of("bob@gmx.de", metadata='{"file": "信.txt", "line": 3}')
    fields = json.loads(MaskPrivate(PrivacyConfig()).transform(batch).batch["metadata"][0].as_py())
    assert fields == {"file": "信.txt", "line": 3, "private": [["email", 0, 7]]}


def test_a_batch_without_private_items_comes_back_itself() -> None:
    batch = batch_of("春眠不觉晓", "plain words")
    assert MaskPrivate(PrivacyConfig()).transform(batch).batch is batch


def test_slices_of_a_batch_give_the_same_texts() -> None:
    texts = [item.text for item in planted_items(5)]
    whole = mask(*texts).batch["text"].to_pylist()
    step = MaskPrivate(PrivacyConfig())
    batch = batch_of(*texts)
    parts = [step.transform(batch.slice(i, 7)).batch["text"] for i in range(0, len(texts), 7)]
    assert [text for part in parts for text in part.to_pylist()] == whole


@given(st.text(alphabet=st.sampled_from("1234567890 +-().@abcxX:/=é电话，１＠\n"), max_size=200))
@settings(max_examples=300)
def test_masking_twice_changes_nothing_and_all_else_stays(text: str) -> None:
    once = masked(text)
    assert masked(once) == once
    rest = once
    for name in TYPES:
        rest = rest.replace(f"<{name.upper()}>", "\0")
    place = 0
    for piece in rest.split("\0"):
        place = text.index(piece, place) + len(piece)


@pytest.mark.parametrize(
    "unit",
    [
        *("1", "@", "a.", "1 ", "12 ", "a@", ":", "a:", "+1", "(1", "key=", "x@a.", "1-", "::"),
        *("-----BEGIN RSA PRIVATE KEY-----\n", "eyJhbGciOiJI.", "１", "://a:b@", "4111 ", "sk-a1"),
    ],
)
def test_time_grows_with_the_length_alone(unit: str) -> None:
    """A pattern that backtracks would not end here."""
    find_private(pa.array([unit * (300_000 // len(unit))], pa.string()), TYPES)


def test_real_spans_are_found(shared_data: Path) -> None:
    """Synthetic letters with the places of what is private in them; names are out of scope."""
    ours = {
        "EMAIL_ADDRESS": "email",
        "CREDIT_CARD": "bank_card",
        "IBAN_CODE": "iban",
        "US_SSN": "us_ssn",
        "PHONE_NUMBER": "phone",
    }
    with gzip.open(shared_data / "pii" / "presidio-research" / "synth_dataset_v2.json.gz") as file:
        rows = json.load(file)
    hits = total = 0
    for row, items in zip(rows, found([row["full_text"] for row in rows]), strict=True):
        wanted = [
            (ours[span["entity_type"]], span["entity_value"])
            for span in row["spans"]
            if span["entity_type"] in ours
        ]
        total += len(wanted)
        hits += sum(any(k == kind and value in v for k, v in items) for kind, value in wanted)
        gold = [span["entity_value"] for span in row["spans"]]
        assert all(any(v in value or value in v for value in gold) for _, v in items), items
    assert hits >= 0.97 * total


def test_too_many_items_reject_a_document() -> None:
    step = MaskPrivate(PrivacyConfig())
    batch = step.transform(batch_of("a@gmx.de b@gmx.de c@gmx.de", "a@gmx.de", "none")).batch
    verdict = TooPrivate(2).judge(batch)
    assert verdict.reasons.to_pylist() == ["too_many_private_items", None, None]
    assert verdict.measures["private_items"].tolist() == [3, 1, 0]
    assert isinstance(TooPrivate(2), Rule) and isinstance(step, Transform)


@pytest.mark.parametrize("placeholder", ["", "<|{type}|>", "{type}{type}", "[{type}1]", "@{type}"])
def test_bad_placeholders_are_refused(placeholder: str) -> None:
    with pytest.raises(ValidationError):
        PrivacyConfig(placeholder=placeholder)


def test_placeholder_can_be_chosen() -> None:
    assert masked("bob@gmx.de", placeholder="[{type}]") == "[EMAIL]"


def test_long_lists_are_masked_to_the_last() -> None:
    rng = random.Random(5)
    cards = " ".join(with_luhn("4", 16, rng) for _ in range(500))
    ibans = "；".join(iban(rng) for _ in range(500))
    result = mask(cards, ibans)
    assert result.counts["iban"] == 500
    assert result.counts["bank_card"] >= 490  # a number cut where a span ends may be missed
