"""Conversations fit in rows whole, or what was cut is counted; packing is by length alone."""

from __future__ import annotations

import numpy as np
import pytest
from tests.finetuning.chats import chat_encoder, chat_tokenizer, talk, talks

from yanmo.core.errors import DataError
from yanmo.finetuning.chat_rows import ChatRow, fit_chat, fit_chats, pack
from yanmo.tokens.chat import ChatEncoder
from yanmo.tokens.chat_template import ChatTemplate
from yanmo.tokens.rows import IGNORED_LABEL


def learned(row: ChatRow) -> str:
    """What a row teaches, control tokens and all."""
    labels = row.labels[row.labels != IGNORED_LABEL]
    return chat_tokenizer().decode(labels.tolist(), skip_special_tokens=False)


def read(row: ChatRow) -> str:
    return chat_tokenizer().decode(row.tokens.tolist(), skip_special_tokens=False)


def test_answers_and_their_ends_are_learned_and_nothing_else() -> None:
    fitted = fit_chat(chat_encoder(), talk(1).turns, 1000)
    assert fitted is not None
    assert learned(fitted.row) == "The river runs to the sea.<|im_end|>It goes down.<|im_end|>"
    last = fit_chat(chat_encoder(), talk(1).turns, 1000, learned="last")
    assert last is not None and learned(last.row) == "It goes down.<|im_end|>"


def test_every_label_is_the_token_behind_its_input() -> None:
    for example in talks():
        tokens = chat_encoder().encode(example.turns)
        fitted = fit_chat(chat_encoder(), example.turns, 1000)
        assert fitted is not None
        length = len(fitted.row.tokens)
        assert fitted.row.tokens.tolist() == tokens.ids[:length].tolist()
        is_label = fitted.row.labels != IGNORED_LABEL
        assert (fitted.row.labels == tokens.ids[1 : length + 1])[is_label].all()
        assert is_label[-1] and is_label.sum() == tokens.is_learned.sum()


def test_the_earliest_turns_are_left_out_and_the_system_stays() -> None:
    example = talk(3, system="你懂诗。")
    whole = fit_chat(chat_encoder(), example.turns, 1000)
    assert whole is not None and whole.num_turns_left_out == 0
    fitted = fit_chat(chat_encoder(), example.turns, len(whole.row.tokens) - 1)
    assert fitted is not None
    assert fitted.num_turns_left_out == 2 and fitted.num_tokens_cut == 0
    assert "你懂诗。" in read(fitted.row) and "举头" not in read(fitted.row)
    assert learned(fitted.row) == "李白。<|im_end|>不客气。<|im_end|>"
    assert fit_chat(chat_encoder(), example.turns, len(whole.row.tokens)) is not None


def test_what_does_not_fit_in_is_dropped_or_its_end_is_cut() -> None:
    turns = talk(5).turns
    whole = fit_chat(chat_encoder(), turns, 1000)
    assert whole is not None
    limit = len(whole.row.tokens) - 5
    assert fit_chat(chat_encoder(), turns, limit) is None
    cut = fit_chat(chat_encoder(), turns, limit, too_long="end")
    assert cut is not None and cut.num_tokens_cut == 5
    assert len(cut.row.tokens) == limit == len(cut.row.labels)
    assert whole.row.labels[:limit].tolist() == cut.row.labels.tolist()
    assert fit_chat(chat_encoder(), turns, 5, too_long="end") is None  # nothing of the answer
    assert fit_chat(chat_encoder(), talk(3).turns, 40, too_long="drop") is None


def test_everything_that_was_cut_is_counted_and_said() -> None:
    examples = talks()
    whole = [fit_chat(chat_encoder(), example.turns, 1000) for example in examples]
    lengths = [len(fitted.row.tokens) for fitted in whole if fitted is not None]
    limit = sorted(lengths)[-2] - 1
    rows, counts = fit_chats(chat_encoder(), examples, limit)
    assert counts.num_conversations == 6
    assert counts.num_left_out == 6 - len(rows)
    assert counts.num_shortened >= 1 and counts.num_turns_left_out >= 2
    assert counts.num_tokens == sum(len(row.tokens) for row in rows)
    assert counts.num_targets == sum(int((row.labels >= 0).sum()) for row in rows)
    notes = " ".join(counts.notes(limit))
    assert f"{counts.num_shortened} of 6 conversations are longer than {limit} tokens" in notes
    assert f"{counts.num_turns_left_out} turns at their beginnings left out" in notes
    _, all_kept = fit_chats(chat_encoder(), examples, 1000)
    assert all_kept.notes(1000) == []
    short, long = sorted((lengths[2], lengths[5]))
    _, cut = fit_chats(chat_encoder(), [talk(5)], long - 3, too_long="end")
    assert "3 tokens at the ends of their answers cut" in cut.notes(long - 3)[0]
    _, dropped = fit_chats(chat_encoder(), [talk(5), talk(2)], short, too_long="drop")
    assert "1 of 2 conversations left out" in dropped.notes(short)[0]


@pytest.mark.parametrize("seed", range(5))
def test_packing_holds_every_conversation_once_in_nearly_the_fewest_rows(seed: int) -> None:
    lengths = np.random.default_rng(seed).integers(1, 100, size=300).tolist()
    rows = pack(lengths, 128)
    assert sorted(index for row in rows for index in row) == list(range(300))
    assert all(sum(lengths[index] for index in row) <= 128 for row in rows)
    assert len(rows) <= 11 / 9 * -(-sum(lengths) // 128) + 4
    assert rows == pack(lengths, 128) == sorted(rows)


def test_packing_takes_the_row_that_is_filled_best() -> None:
    assert pack([6, 5, 4, 3, 2], 10) == [(0, 2), (1, 3, 4)]
    assert pack([], 10) == []


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ raise_exception('no system') }}", "no system"),
        ("{% generation %}{% endgeneration %}", "leaves out what the assistant says"),
    ],
)
def test_a_conversation_that_the_template_cannot_lay_out_is_named(
    template: str, expected: str
) -> None:
    tokenizer = chat_tokenizer()
    chat = ChatEncoder(ChatTemplate(template, {}, [], where="template"), tokenizer)
    with pytest.raises(DataError) as caught:
        fit_chats(chat, [talk(0)], 100)
    assert "talk-0" in str(caught.value) and expected in str(caught.value)
