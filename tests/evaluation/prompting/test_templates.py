"""Templates: what a model reads of an example, and what its answer says."""

from __future__ import annotations

import pytest
from tests.evaluation.prompting.stub_task import StubTask

from yanmo.core.errors import ConfigError
from yanmo.evaluation.prompting.config import PromptConfig
from yanmo.evaluation.prompting.templates import template_of
from yanmo.evaluation.prompting.words import WORDS
from yanmo.tasks.example import (
    Answer,
    ChoiceExample,
    ConversationExample,
    KeywordExample,
    PairExample,
    PreferenceExample,
    QuestionExample,
    TextExample,
    Turn,
)

LABELS = ("negative", "positive")


def sentiments(language: str = "en", **fields: object) -> StubTask:
    return StubTask("classification", {"test": []}, language=language, labels=LABELS, **fields)  # type: ignore[arg-type]


def test_a_classification_in_either_language() -> None:
    example = TextExample("1", "A fine\nfilm .", label="positive")
    english = template_of(sentiments(), PromptConfig())
    assert english.instruction == "Say which label fits each text: negative, positive."
    assert english.question(example) == "Text: A fine film .\nLabel:"
    assert english.answer(example) == " positive"
    assert english.choices(example) == [" negative", " positive"]
    chinese = template_of(sentiments("zh"), PromptConfig())
    assert chinese.instruction == "判断每段文本属于哪一类：负面、正面。"
    assert chinese.question(example) == "文本：A fine film .\n类别："
    assert chinese.answer(example) == "正面"
    assert template_of(sentiments("zh"), PromptConfig(language="en")).answer(example) == " positive"


def test_a_pair_of_texts_shows_both() -> None:
    example = TextExample("1", "One.", "Two.", "positive")
    question = template_of(sentiments(), PromptConfig()).question(example)
    assert question == "First text: One.\nSecond text: Two.\nLabel:"


def test_words_for_labels_can_be_chosen_and_must_differ() -> None:
    example = TextExample("1", "Fine.", label="positive")
    template = template_of(
        sentiments(), PromptConfig(verbalisers={"positive": "good"}, instruction="")
    )
    assert template.answer(example) == " good"
    assert template.instruction == ""
    with pytest.raises(ConfigError, match="unknown label 'positiv'") as raised:
        template_of(sentiments(), PromptConfig(verbalisers={"positiv": "good"}))
    assert "positive" in str(raised.value.hint)
    with pytest.raises(ConfigError, match="two labels have the same word"):
        template_of(sentiments(), PromptConfig(verbalisers={"positive": "negative"}))
    task = StubTask("translation", {"test": []})
    with pytest.raises(ConfigError, match="only a classification"):
        template_of(task, PromptConfig(verbalisers={"a": "b"}))


def test_choices_stand_behind_their_context() -> None:
    task = StubTask("choices", {"test": []})
    example = ChoiceExample("1", "Question: Why?", ("Because.", "Hence."), 1)
    template = template_of(task, PromptConfig())
    assert template.question(example) == "Question: Why?\nAnswer:"
    assert template.choices(example) == [" Because.", " Hence."]
    assert template.answer(example) == " Hence."


def test_a_last_word_goes_on_from_the_text_itself() -> None:
    task = StubTask("choices", {"test": []})
    example = ChoiceExample("1", "He saw no\nsuch", ("signs",), 0)
    template = template_of(task, PromptConfig())
    assert template.question(example) == "He saw no\nsuch"
    assert template.choices(example) == [" signs"]


def test_preferences_choose_between_two_answers() -> None:
    task = StubTask("preferences", {"test": []}, language="zh")
    example = PreferenceExample("1", (Turn("user", "你好"),), "你好！", "再见。")
    template = template_of(task, PromptConfig())
    assert template.question(example) == "用户：你好\n助手："
    assert template.choices(example) == ["你好！", "再见。"]
    assert template.answer(example) == "你好！"


def test_questions_show_the_passage_and_may_have_no_answer() -> None:
    task = StubTask("questions", {"test": []})
    passage = "The river runs.\nTo the sea."
    example = QuestionExample("1", "Where to?", passage, (Answer("the sea", 19),))
    template = template_of(task, PromptConfig())
    asked = "The river runs. To the sea.\nQuestion: Where to?\nAnswer:"
    assert template.question(example) == asked
    assert template.answer(example) == " the sea"
    none = QuestionExample("2", "Why?", passage, ())
    assert template.answer(none) == " unanswerable"
    assert (template.read(" unanswerable."), template.read(" the sea ")) == ("", "the sea")


def test_translations_name_their_languages() -> None:
    task = StubTask("translation", {"test": []}, language="en", target_language="de")
    example = PairExample("1", "A dog.", ("Ein Hund.", "Hund."))
    template = template_of(task, PromptConfig())
    assert template.instruction == "Translate from English into German."
    assert template.question(example) == "English: A dog.\nGerman:"
    assert template.answer(example) == " Ein Hund."
    chinese = template_of(task, PromptConfig(language="zh"))
    assert chinese.instruction == "把英文译成德文。"
    assert chinese.question(example) == "英文：A dog.\n德文："


def test_summaries_keywords_and_conversations_are_written() -> None:
    pair = PairExample("1", "A long text.", ("Short.",))
    summary = template_of(StubTask("summarisation", {"test": []}), PromptConfig())
    assert summary.question(pair) == "Text: A long text.\nSummary:"
    assert summary.answer(pair) == " Short."
    words = KeywordExample("1", "研墨写字。", ("研墨", "写字"))
    keywords = template_of(StubTask("keywords", {"test": []}, language="zh"), PromptConfig())
    assert keywords.question(words) == "文本：研墨写字。\n关键词："
    assert keywords.answer(words) == "研墨、写字"
    assert keywords.read("研墨、写字；研墨，") == ("研墨", "写字")
    turns = (Turn("system", "Be kind."), Turn("user", "Hi"), Turn("assistant", "Hello."))
    talk = template_of(StubTask("conversations", {"test": []}), PromptConfig())
    example = ConversationExample("1", turns)
    assert talk.question(example) == "System: Be kind.\nUser: Hi\nAssistant:"
    assert talk.answer(example) == " Hello."


def test_kinds_without_prompts_are_refused() -> None:
    with pytest.raises(ConfigError, match="of the kind entities") as raised:
        template_of(StubTask("entities", {"test": []}), PromptConfig())
    assert "classification" in str(raised.value.hint)


def test_both_languages_have_the_same_words() -> None:
    english, chinese = WORDS["en"], WORDS["zh"]
    assert english.cues.keys() == chinese.cues.keys()
    assert english.instructions.keys() == chinese.instructions.keys()
    assert english.languages.keys() == chinese.languages.keys()
