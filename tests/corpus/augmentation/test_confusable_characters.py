"""Characters are exchanged for what a reader or a typist would take for them."""

from __future__ import annotations

import unicodedata

import pytest

from yanmo.corpus.augmentation.letters import _NEIGHBOURS
from yanmo.corpus.augmentation.look_alikes import _similar, homoglyphs, similar_characters
from yanmo.corpus.augmentation.same_sound import _groups, same_sound

PAIRS = (
    "已己 己巳 未末 土士 人入 大太 天夫 日目 干千 刀力 午牛 住往 析折 拔拨 免兔 乌鸟 今令 请情 晴睛"
)
PAIRS += " 清情 风凤 狼狠 辨辩 侯候 密蜜 洒酒 师帅 治冶 栗粟 崇祟 遣遗 贷货 复夏"


@pytest.mark.parametrize("pair", PAIRS.split())
def test_well_known_pairs_are_taken_for_one_another(pair: str) -> None:
    assert pair[1] in similar_characters(pair[0]) and pair[0] in similar_characters(pair[1])


def test_similar_characters_are_others_and_most_characters_have_some() -> None:
    table = _similar()
    level_1 = _groups()
    assert set(table) <= set(level_1)
    assert len(table) > 0.85 * len(level_1)
    for character, others in table.items():
        assert 1 <= len(others) == len(set(others)) and character not in others
        assert all(0x4E00 <= ord(other) <= 0x9FFF for other in others)


@pytest.mark.parametrize(
    ("character", "some"),
    [
        ("他", "她它塌"),
        ("的", "德得"),
        ("在", "再载"),
        ("做", "作坐"),
        ("是", "事市"),
        ("马", "妈吗"),
    ],
)
def test_characters_of_one_syllable_are_taken_for_one_another(character: str, some: str) -> None:
    assert set(some) <= set(same_sound(character))
    assert character not in same_sound(character)


@pytest.mark.parametrize("pair", ["安肮", "不擦", "兰廊", "女暖", "卢驴", "森僧", "是收", "因英"])
def test_characters_of_different_syllables_are_not(pair: str) -> None:
    assert pair[1] not in same_sound(pair[0]) and pair[0] not in same_sound(pair[1])


def test_all_of_the_standard_have_a_syllable() -> None:
    assert len(_groups()) == 3755
    assert len(set(_groups().values())) == 397
    assert same_sound("x") == same_sound("僧") == ""


def test_homoglyphs_are_other_code_points_of_the_same_shape() -> None:
    for character in "abcxyzABCXYZ0123456789":
        for other in homoglyphs(character):
            assert other != character
            name = unicodedata.name(other)
            assert "SMALL" in name or "CAPITAL" in name or "PALOCHKA" in name or "DIGIT" in name
            assert other.isupper() == character.isupper()
    assert homoglyphs("a") == "\u0430\uff41"
    assert "\u2f08" in homoglyphs("人") and "\uf967" in homoglyphs("不")
    assert homoglyphs("研") == homoglyphs("，") == ""


def test_neighbours_lie_beside_each_other_on_the_keyboard() -> None:
    assert set(_NEIGHBOURS["g"]) == set("ftyhvb")
    assert set(_NEIGHBOURS["q"]) == set("wa") and set(_NEIGHBOURS["1"]) == {"2"}
    for key, others in _NEIGHBOURS.items():
        assert all(key in _NEIGHBOURS[other] for other in others), key
