"""Rows are what the base model saw: as `transformers` makes them, nothing lost without a count."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from tests.tokens.outside_folders import KINDS, save_kind

from yanmo.core.errors import ConfigError
from yanmo.tokens.length_config import LengthConfig
from yanmo.tokens.row_batch import NO_ANSWER, answer_labels, batch_of_rows, tag_labels
from yanmo.tokens.text_codec import TextCodec, load_codec
from yanmo.tokens.text_rows import RowEncoder, TextRow, by_item, row_encoder_for
from yanmo.tokens.tokenizer import Tokenizer

ENGLISH = "The river runs to the sea."
CHINESE = "白日依山尽，黄河入海流。"
LONG = ENGLISH * 6 + CHINESE * 6


def encoder(
    codec: TextCodec, model_tokens: int = 512, *, has_segments: bool = False, **settings: object
) -> RowEncoder:
    return RowEncoder(
        codec, LengthConfig.model_validate(settings), model_tokens, has_segments=has_segments
    )


@pytest.fixture(scope="module", params=sorted(KINDS))
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """A tokenizer as transformers and as we have it."""
    folder = tmp_path_factory.mktemp(request.param)
    return save_kind(request.param, folder), load_codec(folder)


def text_of(row: TextRow, text: str, side: int = 0) -> list[str]:
    return [text[a:b] for a, b in row.spans[row.sides == side]]


def test_rows_of_one_text_are_those_of_transformers(opened) -> None:  # type: ignore[no-untyped-def]
    theirs, codec = opened
    for text in (ENGLISH, CHINESE, "研墨 writes 你好"):
        row = encoder(codec).encode_texts([text]).rows[0]
        assert row.ids.tolist() == theirs.encode(text)


def test_rows_of_two_texts_are_those_of_transformers(opened) -> None:  # type: ignore[no-untyped-def]
    theirs, codec = opened
    expected = theirs(ENGLISH, CHINESE)
    row = encoder(codec, has_segments=True).encode_texts([ENGLISH], [CHINESE]).rows[0]
    if theirs.num_special_tokens_to_add(pair=True) == 0 and codec.eos_ids:
        # GPT-2 and Qwen join two texts without a seam; here the end of a text stands between.
        seam = list(row.sides).index(-1)
        assert row.ids[seam] in codec.eos_ids
        assert np.delete(row.ids, seam).tolist() == expected["input_ids"]
        return
    assert row.ids.tolist() == expected["input_ids"]
    if "token_type_ids" in expected and type(theirs).__name__.startswith("Bert"):
        assert row.segments is not None
        assert row.segments.tolist() == expected["token_type_ids"]


def test_our_rows_begin_as_documents_do_and_pairs_as_segments(tiny_tokenizer: Tokenizer) -> None:
    end, sep = tiny_tokenizer.eos_id, tiny_tokenizer.sep_id
    first, second = tiny_tokenizer.encode(ENGLISH), tiny_tokenizer.encode(CHINESE)
    maker = encoder(tiny_tokenizer, has_segments=True)
    alone = maker.encode_texts([ENGLISH]).rows[0]
    pair = maker.encode_texts([ENGLISH], [CHINESE]).rows[0]
    assert alone.ids.tolist() == [end, *first]
    assert pair.ids.tolist() == [end, *first, sep, *second, sep]
    assert pair.segments is not None
    assert pair.segments.tolist() == [0] * (len(first) + 2) + [1] * (len(second) + 1)


def test_a_model_of_two_segments_sees_a_text_alone_closed(tiny_tokenizer: Tokenizer) -> None:
    class Shape:
        max_seq_len, num_segments, has_next_sentence = 64, 2, True

    maker = row_encoder_for(tiny_tokenizer, Shape, LengthConfig())
    assert maker.encode_texts(["sea"]).rows[0].ids[-1] == tiny_tokenizer.sep_id


def test_spans_name_the_characters_of_every_token(opened) -> None:  # type: ignore[no-untyped-def]
    _, codec = opened
    row = encoder(codec).encode_texts([ENGLISH], [CHINESE]).rows[0]
    for side, text in enumerate((ENGLISH, CHINESE)):
        covered = set()
        for start, end in row.spans[row.sides == side]:
            covered.update(range(start, end))
        assert covered >= {place for place, character in enumerate(text) if not character.isspace()}
    assert (row.spans[row.sides == -1] == -1).all()


@pytest.mark.parametrize("keep", ["head", "tail", "both"])
def test_what_is_cut_is_counted_and_the_rest_stays(tiny_tokenizer: Tokenizer, keep: str) -> None:
    ids = tiny_tokenizer.encode(LONG)
    made = encoder(tiny_tokenizer, 33, keep=keep).encode_texts([LONG, "sea"])
    row = made.rows[0].ids[1:].tolist()
    expected = {"head": ids[:32], "tail": ids[-32:], "both": ids[:16] + ids[-16:]}[keep]
    counts = made.counts
    assert row == expected
    assert (counts.num_texts, counts.num_cut_texts) == (2, 1)
    assert counts.num_cut_tokens == len(ids) - 32
    assert counts.num_tokens == len(ids) + len(tiny_tokenizer.encode("sea"))
    assert any(f"{counts.num_cut_tokens:,}" in line for line in counts.warnings())


def test_nothing_is_said_where_nothing_is_cut(tiny_tokenizer: Tokenizer) -> None:
    assert encoder(tiny_tokenizer).encode_texts([LONG, ""]).counts.warnings() == []


def test_windows_overlap_and_together_read_everything(tiny_tokenizer: Tokenizer) -> None:
    ids = tiny_tokenizer.encode(LONG)
    maker = encoder(tiny_tokenizer, 33, long_text="windows", overlap_tokens=8)
    made = maker.encode_texts(["sea", LONG])
    assert [len(places) for places in by_item(made.rows)] == [1, len(made.rows) - 1]
    seen: dict[tuple[int, int], int] = {}
    rows = made.rows[1:]
    for row, following in itertools.pairwise(rows):
        assert row.ids[0] == tiny_tokenizer.eos_id
        if following is not rows[-1]:
            assert following.ids[1:9].tolist() == row.ids[-8:].tolist()
    for row in rows:
        for token_id, (start, end) in zip(row.ids[1:], row.spans[1:], strict=True):
            seen[(start, end)] = token_id
    _, offsets = tiny_tokenizer.encode_with_offsets(LONG)
    assert seen.keys() == set(offsets)
    assert all(len(row) == 33 for row in rows)
    assert (made.counts.num_cut_tokens, made.counts.num_texts_in_windows) == (0, 1)
    assert len(ids) == made.counts.num_tokens - len(tiny_tokenizer.encode("sea"))


def test_of_two_texts_the_longer_is_cut_first(tiny_tokenizer: Tokenizer) -> None:
    short, long = "the sea", LONG
    num_short = len(tiny_tokenizer.encode(short))
    for pair in ((short, long), (long, short)):
        made = encoder(tiny_tokenizer, 40).encode_texts([pair[0]], [pair[1]])
        row = made.rows[0]
        assert len(row) == 40
        assert sorted([(row.sides == 0).sum(), (row.sides == 1).sum()]) == [
            num_short,
            37 - num_short,
        ]
    both = encoder(tiny_tokenizer, 40).encode_texts([long], [long]).rows[0]
    assert abs(int((both.sides == 0).sum()) - int((both.sides == 1).sum())) <= 1


def test_every_word_of_every_tokenizer_has_its_own_first_token(opened) -> None:  # type: ignore[no-untyped-def]
    _, codec = opened
    for words, joiner in ((ENGLISH.split(), " "), (list(CHINESE), "")):
        made = encoder(codec).encode_words([words], [joiner])
        row = made.rows[0]
        assert row.words[row.words >= 0].tolist() == list(range(len(words)))
        labels = tag_labels(row, list(range(len(words))))
        assert (labels >= 0).sum() == len(words)
        assert labels[labels >= 0].tolist() == list(range(len(words)))
    english = encoder(codec).encode_words([ENGLISH.split()], [" "]).rows[0]
    assert english.ids.tolist() == codec.with_specials(ENGLISH)


def test_a_token_that_would_join_two_words_is_taken_apart(tiny_tokenizer: Tokenizer) -> None:
    text = "白日依山"
    assert len(tiny_tokenizer.encode(text)) < len("".join(text)) * 3
    row = encoder(tiny_tokenizer).encode_words([list(text)], [""]).rows[0]
    assert tiny_tokenizer.decode(row.ids) == text
    assert (row.words >= 0).sum() == len(text)


def test_words_without_tokens_and_words_behind_the_cut_are_counted(tmp_path: Path) -> None:
    save_kind("bert", tmp_path)
    codec = load_codec(tmp_path)
    made = encoder(codec, 6).encode_words(
        [["hello", "\u200b", "world", "the", "river", "un"]], [" "]
    )
    counts = made.counts
    assert (counts.num_words, counts.num_words_without_token, counts.num_cut_words) == (6, 1, 1)
    assert made.rows[0].words.tolist() == [-1, 0, 2, 3, 4, -1]
    assert len(counts.warnings()) == 3


def test_answers_are_found_in_the_window_that_has_all_of_them(tiny_tokenizer: Tokenizer) -> None:
    passage = ENGLISH * 3 + "The answer is 白日依山. " + ENGLISH * 3
    start = passage.index("白日依山")
    answer = (start, start + 4)
    maker = encoder(tiny_tokenizer, 48, long_text="windows", overlap_tokens=16)
    rows = maker.encode_questions(["what?"], [passage]).rows
    found = [answer_labels(row, answer) for row in rows]
    assert len(rows) > 2
    assert any(label != NO_ANSWER for label in found)
    assert any(label == NO_ANSWER for label in found)
    for row, (first, last) in zip(rows, found, strict=True):
        if (first, last) != NO_ANSWER:
            assert passage[row.spans[first, 0] : row.spans[last, 1]].strip() == "白日依山"
        question = row.ids[row.sides == 0].tolist()
        assert question == tiny_tokenizer.encode("what?")
    assert all(answer_labels(row, None) == NO_ANSWER for row in rows)


def test_half_an_answer_is_no_answer(tiny_tokenizer: Tokenizer) -> None:
    passage = "The sea. " * 20
    row = encoder(tiny_tokenizer, 32).encode_questions(["what?"], [passage]).rows[0]
    last = int(row.spans[row.sides == 1][-1, 1])
    assert answer_labels(row, (0, len(passage))) == NO_ANSWER
    assert answer_labels(row, (0, last)) != NO_ANSWER


def test_a_batch_is_padded_behind_and_says_where(tiny_tokenizer: Tokenizer) -> None:
    rows = encoder(tiny_tokenizer, has_segments=True).encode_texts(["sea", ENGLISH]).rows
    batch = batch_of_rows(rows, tiny_tokenizer.pad_id)
    assert batch["tokens"].shape == batch["mask"].shape == batch["segments"].shape
    for index, row in enumerate(rows):
        assert batch["tokens"][index][batch["mask"][index]].tolist() == row.ids.tolist()
    assert (batch["tokens"][~batch["mask"]] == tiny_tokenizer.pad_id).all()


def test_an_empty_text_is_a_row_in_every_convention(opened) -> None:  # type: ignore[no-untyped-def]
    _, codec = opened
    assert len(encoder(codec).encode_texts([""]).rows[0]) >= 1
    assert len(encoder(codec).encode_words([[]], [" "]).rows[0]) >= 1


@pytest.mark.parametrize(
    ("model_tokens", "settings"),
    [(16, {"max_tokens": 17}), (4, {}), (16, {"long_text": "windows", "overlap_tokens": 13})],
)
def test_settings_that_leave_no_room_are_refused(
    tiny_tokenizer: Tokenizer, model_tokens: int, settings: dict[str, object]
) -> None:
    with pytest.raises(ConfigError):
        encoder(tiny_tokenizer, model_tokens, **settings)


def test_real_reviews_and_sentences_keep_every_token_and_word(
    bilingual_tokenizer: Tokenizer, shared_data: Path
) -> None:
    with (shared_data / "classification" / "chnsenticorp" / "test.tsv").open(encoding="utf-8") as f:
        texts = [row["text_a"] for row in csv.DictReader(f, delimiter="\t")][:200]
    made = encoder(bilingual_tokenizer, 128, keep="both").encode_texts(texts)
    lengths = [len(bilingual_tokenizer.encode(text)) for text in texts]
    assert made.counts.num_cut_tokens == sum(max(0, length - 127) for length in lengths)
    assert 0 < made.counts.num_cut_texts < 200
    words = [list(text[:100]) for text in texts]
    tagged = encoder(bilingual_tokenizer).encode_words(words, [""] * len(words))
    for row, sentence in zip(tagged.rows, words, strict=True):
        assert bilingual_tokenizer.decode(row.ids) == "".join(sentence)
        assert row.words[row.words >= 0].tolist() == list(range(len(sentence)))
