"""What methods, answers and parts of a model are called on a page, and how figures are written."""

from __future__ import annotations

from yanmo.core.messages import t
from yanmo.interpretation.deletion_test import Verdict
from yanmo.interpretation.intervals import Interval
from yanmo.interpretation.question import Answer
from yanmo.interpretation.subject import Part


def method_name(method: str) -> str:
    """A method of attribution."""
    names = {
        "integrated_gradients": t("Integrated gradients"),
        "gradient_x_input": t("Gradient × input"),
        "smooth_gradient": t("Smoothed gradient × input"),
        "occlusion": t("Occlusion"),
        "attention": t("Attention of the last layer"),
        "attention_rollout": t("Attention rollout"),
        "lens": t("Logit lens"),
        "parts": t("Direct contributions"),
        "heads": t("Head ablation"),
    }
    return names.get(method, method)


def method_about(method: str) -> str:
    """What a method does, in a sentence."""
    texts = {
        "integrated_gradients": t(
            "The gradient summed over the way from an empty text to this one."
        ),
        "gradient_x_input": t("How the score would change if the embedding shrank a little."),
        "smooth_gradient": t("The same, as a mean over slightly noisy embeddings."),
        "occlusion": t("What the score loses when the token is taken away."),
        "attention": t("Where the last layer looks from where the answer is read."),
        "attention_rollout": t("Attention followed through all layers."),
    }
    return texts[method]


def answer_kind(answer: Answer) -> str:
    """What kind of answer it is."""
    return {
        "token": t("next token"),
        "continuation": t("continuation"),
        "class": t("class"),
        "number": t("number"),
        "tag": t("tag"),
        "span": t("answer"),
        "blank": t("filler of the blank"),
    }[answer.kind]


def unit_name(answer: Answer) -> str:
    """In what the score is measured."""
    return {
        "log_prob": t("log-probability"),
        "log_odds": t("log-odds"),
        "number": t("value"),
    }[answer.unit]


def part_name(part: Part) -> str:
    """Whose attention."""
    return {
        "self": t("Attention"),
        "encoder": t("Encoder"),
        "decoder": t("Decoder"),
        "cross": t("Decoder over encoder"),
    }[part]


def verdict_name(verdict: Verdict) -> str:
    """What the deletion test says of a method."""
    return {
        "passes": t("passes the deletion test"),
        "undecided": t("no better than chance in the deletion test"),
        "fails": t("worse than chance in the deletion test"),
    }[verdict]


def signed(value: float, digits: int = 3) -> str:
    """A figure with its sign; a true minus, and none before zero."""
    text = f"{value:+.{digits}f}"
    if not text.strip("+-0."):
        return text.lstrip("+-")
    return text.replace("-", "\u2212")


def figure(value: float, digits: int = 3) -> str:
    """A figure, with a true minus."""
    return f"{value:.{digits}f}".replace("-", "\u2212")


def percent(value: float) -> str:
    """A share; small ones keep a digit that says something."""
    digits = 1 if value >= 0.001 or value == 0 else 3
    return f"{100 * value:.{digits}f}%"


def round_share(value: float) -> str:
    """A share that somebody chose, without digits that say nothing."""
    return f"{100 * value:g}%"


def interval_text(interval: Interval, digits: int = 3) -> str:
    """Between what a mean lies."""
    return f"[{signed(interval.low, digits)}, {signed(interval.high, digits)}]"
