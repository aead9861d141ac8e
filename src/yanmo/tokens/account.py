"""Where every token went: the account that `tokens/report.json` carries and the console prints.

In: counts. Out: a checked account and its wording. The identity
`in + padded = trained + validation + test + dropped` must hold to the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from yanmo.core.messages import t

TokenAccount = TypedDict(
    "TokenAccount",
    {
        "documents": int,
        "in": int,
        "trained": int,
        "validation": int,
        "test": int,
        "dropped": int,
        "padded": int,
        "dropped_documents": dict[str, int],
    },
)
"""Counts in tokens, except `documents` and `dropped_documents` (by reason).

`in` counts one end-of-text token for each document; `trained` the positions of the train rows, the
`padded` ones in the last row included; `dropped` the tokens of documents that are in no split.
"""


def build_account(
    *,
    split_tokens: Mapping[str, int],
    num_documents: int,
    num_tokens: int,
    dropped_documents: Mapping[str, int],
    dropped_tokens: int,
    row_tokens: int,
) -> TokenAccount:
    """Make the account of a token folder and check it.

    Args:
        split_tokens: tokens stored in `train`, `validation` and `test`.
        num_documents: documents that were read.
        num_tokens: tokens of all documents that were read.
        dropped_documents: documents that were not stored, by reason.
        dropped_tokens: their tokens.
        row_tokens: tokens in a training row.
    """
    train = split_tokens["train"]
    trained = -(-train // row_tokens) * row_tokens
    account: TokenAccount = {
        "documents": num_documents,
        "in": num_tokens,
        "trained": trained,
        "validation": split_tokens["validation"],
        "test": split_tokens["test"],
        "dropped": dropped_tokens,
        "padded": trained - train,
        "dropped_documents": dict(dropped_documents),
    }
    check_account(account)
    return account


def check_account(account: TokenAccount) -> None:
    """Raise AssertionError where tokens came from nowhere or went missing."""
    given = account["in"] + account["padded"]
    taken = account["trained"] + account["validation"] + account["test"] + account["dropped"]
    assert given == taken, (
        f"the token account does not balance: {account['in']} in + {account['padded']} padded"
        f" = {given}, but {account['trained']} trained + {account['validation']} validation"
        f" + {account['test']} test + {account['dropped']} dropped = {taken}"
    )


def format_account(account: TokenAccount) -> str:
    """The account as lines for a person."""
    lines = [
        t(
            "tokens in     {tokens:>15,}  from {documents:,} documents",
            tokens=account["in"],
            documents=account["documents"],
        ),
        t("  + padded    {tokens:>15,}  to fill the last row", tokens=account["padded"]),
        t("  = trained   {tokens:>15,}  positions in one epoch", tokens=account["trained"]),
        t("  + validation{tokens:>15,}", tokens=account["validation"]),
        t("  + test      {tokens:>15,}", tokens=account["test"]),
        t("  + dropped   {tokens:>15,}", tokens=account["dropped"]),
    ]
    wording = {"empty": t("without text")}
    for reason, documents in account["dropped_documents"].items():
        if documents:
            lines.append(
                t(
                    "      {documents:,} documents: {reason}",
                    documents=documents,
                    reason=wording.get(reason, reason),
                )
            )
    return "\n".join(lines)
