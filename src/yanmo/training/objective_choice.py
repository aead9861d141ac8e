"""Which objective a recipe trains, and whether its model can learn that.

Comes in: the family of the model and the `pretrain` section. Goes out: the name of the objective,
or an error that says what the family can learn. Light: read by every command.
"""

from __future__ import annotations

from collections.abc import Mapping

from yanmo.core.messages import listed, t
from yanmo.training.config import PretrainConfig
from yanmo.training.objective_config import SECTIONS, ObjectiveName, SpanCorruptionConfig

_DECODER: tuple[ObjectiveName, ...] = ("causal", "prefix", "infilling")
_CAUSAL: tuple[ObjectiveName, ...] = ("causal", "infilling")
_FROM_SOURCE: tuple[ObjectiveName, ...] = ("seq2seq", "span_corruption")

LEARNABLE: Mapping[str, tuple[ObjectiveName, ...]] = {
    **dict.fromkeys(("llama", "qwen3", "qwen3_moe", "gpt2", "transformer"), _DECODER),
    "glm": ("blank_infilling", *_DECODER),
    **dict.fromkeys(("bert", "roberta"), ("masked",)),
    "t5": ("span_corruption", "seq2seq"),
    **dict.fromkeys(("marian", "rnn_seq2seq", "lstm_seq2seq", "gru_seq2seq"), _FROM_SOURCE),
    **dict.fromkeys(("rnn", "lstm", "gru", "cnn", "ffn"), _CAUSAL),
}
"""What each family can learn; first, what it is made for."""

_WITH_NEXT_SENTENCE = ("bert",)


def objective_of(family: str, config: PretrainConfig) -> ObjectiveName:
    """The objective that is trained: the one that is named, else what the family is made for."""
    return config.objective or LEARNABLE[family][0]


def check_objective(
    family: str, config: PretrainConfig, *, num_sentinels: int, max_seq_len: int
) -> None:
    """Refuse an objective that the family cannot learn, and settings that would have no effect.

    Args:
        family: `model.family`.
        config: the `pretrain` section.
        num_sentinels: `tokenizer.num_sentinels`.
        max_seq_len: `model.max_seq_len`, which decides how many sentinels a row takes.

    Raises:
        ValueError: with a sentence for the user.
    """
    name = objective_of(family, config)
    if name not in LEARNABLE[family]:
        raise ValueError(
            t(
                'pretrain.objective = "{objective}" cannot be learned by model.family = "{family}";'
                " it can learn {learnable}",
                objective=name,
                family=family,
                learnable=listed(LEARNABLE[family]),
            )
        )
    for section in SECTIONS:
        if section != name and getattr(config, section) is not None:
            raise ValueError(
                t(
                    'pretrain.{section} has no effect: the objective is "{objective}"',
                    section=section,
                    objective=name,
                )
            )
    if config.masked and config.masked.has_next_sentence and family not in _WITH_NEXT_SENTENCE:
        raise ValueError(
            t(
                "pretrain.masked.has_next_sentence needs a model that tells segments apart;"
                ' model.family = "{family}" does not',
                family=family,
            )
        )
    if name == "span_corruption":
        numbers = config.span_corruption or SpanCorruptionConfig()
        check_sentinels(numbers, num_sentinels, max_seq_len)
    if config.row_order == "contiguous" and name != "causal":
        raise ValueError(
            t(
                'pretrain.row_order = "contiguous" goes with the objective "causal", not'
                ' "{objective}"',
                objective=name,
            )
        )


def check_sentinels(config: SpanCorruptionConfig, num_sentinels: int, max_seq_len: int) -> None:
    """Refuse rows that have more spans than there are sentinels.

    Raises:
        ValueError: with the number that is enough.
    """
    _, num_spans = span_counts(span_row_tokens(config, max_seq_len), config)
    needed = num_spans + 1
    if num_sentinels < needed:
        raise ValueError(
            t(
                "span corruption needs {needed} sentinels for model.max_seq_len = {length}, and"
                " there are {found}; set tokenizer.num_sentinels = {enough}",
                needed=needed,
                length=max_seq_len,
                found=num_sentinels,
                enough=max(32, needed),
            )
        )


def span_counts(num_tokens: int, config: SpanCorruptionConfig) -> tuple[int, int]:
    """How many tokens of a text are cut out, and in how many spans, at least one left standing.

    A text of one token is left whole. (Raffel et al. 2020, section 3.1.4, whose numbers are exact
    for every text rather than on average.)
    """
    if num_tokens < 2:
        return 0, 0
    num_noise = min(max(round(num_tokens * config.noise_frac), 1), num_tokens - 1)
    num_spans = max(round(num_noise / config.mean_span_tokens), 1)
    return num_noise, min(num_spans, num_noise, num_tokens - num_noise)


def span_row_tokens(config: SpanCorruptionConfig, max_seq_len: int) -> int:
    """The longest text whose corrupted form, and whose target, fit in `max_seq_len` tokens.

    The source takes one sentinel for each span and an end; the target one more sentinel.
    """
    num_tokens = 1
    for longer in range(1, 2 * max_seq_len):
        num_noise, num_spans = span_counts(longer, config)
        is_too_long = longer - num_noise + num_spans + 1 > max_seq_len
        if is_too_long or num_noise + num_spans + 2 > max_seq_len:
            break
        num_tokens = longer
    return num_tokens
