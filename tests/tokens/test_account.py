"""The token account balances to the token, and says so in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.core import messages
from yanmo.tokens.account import TokenAccount, build_account, check_account, format_account

counts = st.integers(0, 10**6)


@given(
    train=counts,
    validation=counts,
    test=counts,
    dropped=st.integers(0, 100),
    row=st.integers(1, 5000),
)
def test_account_balances(train: int, validation: int, test: int, dropped: int, row: int) -> None:
    account = build_account(
        split_tokens={"train": train, "validation": validation, "test": test},
        num_documents=7,
        num_tokens=train + validation + test + dropped,
        dropped_documents={"empty": dropped},
        dropped_tokens=dropped,
        row_tokens=row,
    )
    assert account["in"] + account["padded"] == (
        account["trained"] + account["validation"] + account["test"] + account["dropped"]
    )
    assert account["trained"] % row == 0
    assert 0 <= account["padded"] < row


@pytest.fixture
def account() -> TokenAccount:
    """1,000 tokens of nine documents, two of them without text."""
    return build_account(
        split_tokens={"train": 900, "validation": 60, "test": 38},
        num_documents=9,
        num_tokens=1000,
        dropped_documents={"empty": 2},
        dropped_tokens=2,
        row_tokens=256,
    )


def test_a_lost_token_is_noticed(account: TokenAccount) -> None:
    account["in"] += 1
    with pytest.raises(AssertionError, match="does not balance: 1001 in"):
        check_account(account)


@pytest.mark.parametrize(
    ("language", "word"), [("en", "2 documents: without text"), ("zh", "2 篇文档：没有文字")]
)
def test_account_is_printed_in_both_languages(
    account: TokenAccount, language: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "language", lambda: language)
    text = format_account(account)
    assert word in text
    for number in ("1,000", "1,024", "124", "60", "38"):
        assert number in text
    assert len(text.splitlines()) == 7
