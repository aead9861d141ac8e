"""The tokenizer, and the account of every token: trained, held out, dropped, padded.

Comes in: tokens/report.json as a record and the tokenizer's manifest. Goes out: the section.
"""

from __future__ import annotations

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, join, tag
from yanmo.core.page.section import Section, balance, block, table
from yanmo.pipeline.report.bars import bar
from yanmo.pipeline.report.numbers import exact, figure, share, size
from yanmo.pipeline.report.records import TokenReport
from yanmo.pipeline.report.run_files import RunFiles

_GIVEN = ("in", "padded")
_TAKEN = ("trained", "validation", "test", "dropped")


def tokens_section(run: RunFiles) -> Section | None:
    """The section about tokens, None where neither tokenizer nor tokens are finished."""
    vocab_size = run.tokens.vocab_size if run.tokens else run.counts("tokenizer").get("vocab_size")
    if vocab_size is None:
        return None
    lead = t("A vocabulary of {n} entries.", n=exact(vocab_size))
    if run.tokens is None:
        return Section(
            "tokens", t("Tokens"), lead, tag("p", t("Tokens have not been written yet."))
        )
    train = run.tokens.splits.get("train", {})
    per_token = train.get("bytes_per_token")
    if per_token:
        lead = t(
            "A vocabulary of {n} entries; one token stands for {bytes} bytes of text.",
            n=exact(vocab_size),
            bytes=figure(per_token, 3),
        )
    body = join(
        block(t("Where every token went"), _account(run.tokens)),
        block(t("By split"), _splits(run.tokens)),
    )
    return Section("tokens", t("Tokens"), lead, body)


def _account(tokens: TokenReport) -> Html:
    """What came in and was padded = what was trained on, held out and dropped, as an equation."""
    labels = {
        "in": t("tokens in"),
        "trained": t("to train on"),
        "validation": t("validation"),
        "test": t("test"),
        "dropped": t("dropped"),
        "padded": t("padding"),
    }
    terms: list[Html] = []
    for sign, names in (("=", _GIVEN), ("", _TAKEN)):
        for name in names:
            terms += [_term(exact(tokens.account.get(name, 0)), labels[name]), _operator("+")]
        terms[-1] = _operator(sign)
    missing = sum(tokens.account.get(name, 0) for name in _GIVEN)
    missing -= sum(tokens.account.get(name, 0) for name in _TAKEN)
    dropped = sum(tokens.dropped_documents.values())
    return join(
        tag("p", *terms[:-1], class_="equation"),
        balance(
            missing == 0,
            t("The account adds up to the last token."),
            t("Tokens not accounted for: {n}.", n=exact(missing)),
        ),
        tag("p", t("Documents without text, dropped: {n}.", n=exact(dropped)), class_="quiet")
        if dropped
        else None,
    )


def _operator(sign: str) -> Html:
    return tag("span", sign, class_="operator")


def _term(value: str, label: str) -> Html:
    return tag("span", tag("b", value), tag("small", label), class_="term")


def _splits(tokens: TokenReport) -> Html:
    names = {"train": t("train"), "validation": t("validation"), "test": t("test")}
    total = sum(split.get("tokens") or 0 for split in tokens.splits.values()) or 1
    rows: list[list[str]] = []
    for name, split in tokens.splits.items():
        part = (split.get("tokens") or 0) / total
        per_token = split.get("bytes_per_token")
        rows.append(
            [
                names[name],
                join(bar(part), share(part)),
                exact(split.get("documents") or 0),
                exact(split.get("tokens") or 0),
                size(split.get("bytes") or 0),
                "–" if per_token is None else figure(per_token, 3),
            ]
        )
    headings = [
        t("split"),
        t("share of tokens"),
        t("documents"),
        t("tokens"),
        t("bytes"),
        t("bytes per token"),
    ]
    return table(headings, rows, label=t("By split"), text_columns=2)
