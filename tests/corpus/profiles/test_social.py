"""Names, addresses, topics, emoji and reposts in social posts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.profiles.config import SocialTextConfig
from yanmo.corpus.profiles.social import social_text

KEEP = SocialTextConfig(users="keep", urls="keep", tags="keep", emoji="keep", reposts="keep")


def with_only(**settings: str) -> SocialTextConfig:
    """A configuration that leaves everything else as it is."""
    return KEEP.model_copy(update=settings)


TABLE = [
    ("users", "placeholder", "@alice_1 thanks, cc @Bob-2.", "<USER_NAME> thanks, cc <USER_NAME>."),
    ("users", "drop", "谢谢@张三 和@李四：好", "谢谢 和 ：好"),
    ("users", "placeholder", "mail a.b@example.com or @c", "mail a.b@example.com or <USER_NAME>"),
    ("users", "placeholder", "哈哈//@王五_W:转发", "哈哈//<USER_NAME>:转发"),
    ("users", "placeholder", "see medium.com/@writer", "see medium.com/@writer"),
    ("urls", "placeholder", "see https://t.co/aB1, ok", "see <URL>, ok"),
    ("urls", "placeholder", "看http://t.cn/RxY2中文", "看<URL>中文"),
    ("urls", "drop", "go to www.example.com/a?b=c now", "go to now"),
    ("urls", "placeholder", "(https://example.com/x).", "(<URL>)."),
    ("tags", "placeholder", "#春节快乐# 大家好 #nlp #AI话题", "<TAG> 大家好 <TAG> <TAG>"),
    ("tags", "drop", "今天#上班#了", "今天 了"),
    ("tags", "placeholder", "C# and &#39; and #1 stay", "C# and &#39; and #1 stay"),
    ("tags", "placeholder", "#one #two", "<TAG> <TAG>"),
    ("emoji", "placeholder", "哈😂😂👨‍👩‍👧👍🏽🇨🇳!", "哈<EMOJI><EMOJI><EMOJI><EMOJI><EMOJI>!"),
    ("emoji", "placeholder", "好[哈哈][doge]", "好<EMOJI>[doge]"),
    ("emoji", "drop", "❤️ love it 1️⃣", "love it"),
    ("emoji", "placeholder", "2024 * # ok", "2024 * # ok"),
    ("reposts", "drop", "RT @bob: good point", "good point"),
    ("reposts", "drop", "同意//@张三:说得好//@李四：原文", "同意 说得好 原文"),
    ("reposts", "cut", "同意//@张三:说得好//@李四：原文", "同意"),
    ("reposts", "keep", "RT @bob: good//@c:d", "RT @bob: good//@c:d"),
]


@pytest.mark.parametrize(("setting", "handling", "before", "after"), TABLE)
def test_table_of_posts(setting: str, handling: str, before: str, after: str) -> None:
    config = with_only(**{setting: handling})
    assert social_text(before, config) == after
    assert social_text(after, config) == after
    assert social_text(before, KEEP) == before


def test_the_default_masks_names_and_addresses_and_keeps_the_rest() -> None:
    before = "@alice 看这个 http://t.cn/AbC #话题# 😂"
    assert social_text(before, SocialTextConfig()) == "<USER_NAME> 看这个 <URL> #话题# 😂"


handlings = st.sampled_from(["keep", "placeholder", "drop"])


@settings(max_examples=300)
@given(
    st.text(alphabet="@#/:：RT ab中文1.\n😂👍🏽\u200d[]哈<>", max_size=40),
    st.builds(
        SocialTextConfig,
        users=handlings,
        urls=handlings,
        tags=handlings,
        emoji=handlings,
        reposts=st.sampled_from(["keep", "cut", "drop"]),
    ),
)
def test_names_never_survive_masking(text: str, config: SocialTextConfig) -> None:
    masked = social_text(text + " @somebody ", config)
    assert ("@somebody" in masked) == (config.users == "keep" and "@somebody" in masked)


def test_hostile_text_takes_no_longer_than_its_length() -> None:
    config = SocialTextConfig(tags="drop", emoji="drop", reposts="cut")
    for text in ("@" * 100_000, "#" * 100_000, "#a" * 50_000, "//@" * 50_000, "😂\u200d" * 50_000):
        social_text(text, config)
