"""The tokenizer, and the account of every token: trained, held out, dropped, padded.

Comes in: tokens/report.json as a record and the tokenizer's manifest. Goes out: the section.
"""

from __future__ import annotations

from yanmo.core.messages import t
from yanmo.pipeline.report.bars import bar
from yanmo.pipeline.report.markup import Html, join, tag
from yanmo.pipeline.report.numbers import exact, figure, share, size
from yanmo.pipeline.report.records import TokenReport
from yanmo.pipeline.report.run_files import RunFiles
from yanmo.pipeline.report.section import Section, balance, block, table

_PARTS = ("trained", "validation", "test", "dropped", "padded")


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
    if train.get("bytes_per_token"):
        lead = t(
            "A vocabulary of {n} entries; one token stands for {bytes} bytes of text.",
            n=exact(vocab_size),
            bytes=figure(train["bytes_per_token"], 3),
        )
    body = join(
        block(t("Where every token went"), _account(run.tokens)),
        block(t("By split"), _splits(run.tokens)),
    )
    return Section("tokens", t("Tokens"), lead, body)


def _account(tokens: TokenReport) -> Html:
    """tokens in = trained + validation + test + dropped + padded, as an equation."""
    labels = {
        "trained": t("to train on"),
        "validation": t("validation"),
        "test": t("test"),
        "dropped": t("dropped"),
        "padded": t("padding"),
    }
    whole = tokens.account.get("in", 0)
    parts = [(name, tokens.account.get(name, 0)) for name in _PARTS if name in tokens.account]
    terms = [_term(exact(whole), t("tokens in"))]
    for index, (name, count) in enumerate(parts):
        terms.append(tag("span", "=" if index == 0 else "+", class_="operator"))
        terms.append(_term(exact(count), labels[name]))
    missing = whole - sum(count for _, count in parts)
    return join(
        tag("p", *terms, class_="equation"),
        balance(
            missing == 0,
            t("The account adds up to the last token."),
            t("Tokens not accounted for: {n}.", n=exact(missing)),
        ),
    )


def _term(value: str, label: str) -> Html:
    return tag("span", tag("b", value), tag("small", label), class_="term")


def _splits(tokens: TokenReport) -> Html:
    names = {"train": t("train"), "validation": t("validation"), "test": t("test")}
    total = sum(split.get("tokens", 0) for split in tokens.splits.values()) or 1
    rows = [
        [
            names[name],
            join(bar(split.get("tokens", 0) / total), share(split.get("tokens", 0) / total)),
            exact(split.get("documents", 0)),
            exact(split.get("tokens", 0)),
            size(split.get("bytes", 0)),
            figure(split.get("bytes_per_token", 0), 3),
        ]
        for name, split in tokens.splits.items()
    ]
    headings = [
        t("split"),
        t("share of tokens"),
        t("documents"),
        t("tokens"),
        t("bytes"),
        t("bytes per token"),
    ]
    return table(headings, rows, label=t("By split"), text_columns=2)
