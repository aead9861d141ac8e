"""Variant characters (異體字).

Comes in: text. Goes out: the same text with variants in the form in common use. The pairs are taken
from the First List of Processed Variant Characters (第一批异体字整理表, China 1955), but only those
in which both forms mean the same wherever they stand, and which OpenCC's tables do not hold.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from yanmo.corpus.folding.opencc import converter_to

_PAIRS = (
    "鼇鳌 覇霸 栢柏 桮杯 偪逼 氷冰 竝并 艸草 揷插 塲场 怱匆 悤匆 觕粗 麤粗 邨村 躭耽 嶋岛 悳德 "
    "櫈凳 隄堤 覩睹 妬妒 朶朵 峩峨 鵞鹅 灋法 筦管 鑵罐 懽欢 讙欢 刦劫 刧劫 觔斤 欬咳 尅克 欵款 "
    "崐昆 嬾懒 隣邻 蔴麻 楳梅 槑梅 緜绵 玅妙 嬭奶 閙闹 嫰嫩 煖暖 砲炮 礮炮 凴凭 彊强 輭软 寔实 "
    "佀似 擡抬 餹糖 兎兔 盌碗 椀碗 徃往 汚污 谿溪 啣衔 亯享 効效 傚效 脇胁 敍叙 臙胭 巗岩 嵒岩 "
    "燄焰 鴈雁 埜野 壄野 唫吟 婬淫 暎映 瘉愈 寃冤 襍杂 塟葬 紥扎 砦寨 炤照 珎珍 寘置 呪咒 粧妆 "
    "槕桌 椶棕 卆卒 辠罪 冣最 恠怪 畧略 畱留 甎砖 瓈璃 癈废 皐皋 盇盍 睠眷 矙瞰 秊年 稺稚 穉稚 "
    "窓窗 窻窗 竢俟 笻筇 箎篪 籐藤 糭粽 紬绸 緥褓 繦襁 罇樽 罏垆 翄翅 耡锄 聟婿 脗吻 臝裸 艢樯 "
    "艣橹 艪橹 荅答 菓果 蔕蒂 蘂蕊 蕋蕊 虵蛇 蜨蝶 蝯猿 螡蚊 蟁蚊 衂衄 裩裈 襃褒 譌讹 豓艳 貍狸 "
    "賸剩 跥跺 蹵蹴 軆体 逰游 遯遁 酧酬 醻酬 釬焊 銲焊 鑛矿 閧哄 闗关 陿狭 靭韧 靱韧 韮韭 頫俯 "
    "顋腮 飃飘 餧喂 騐验 騣鬃 鬭斗 鬪斗 鶵雏 鹻碱 麐麟 齩咬"
)
_TRADITIONAL_PAIRS = (
    "峯峰 羣群 綫線 衆眾 牀床 竈灶 麪麵 啓啟 僞偽 鷄雞 脣唇 爲為 粧妝 鈎鉤 舘館 隣鄰 韮韭 嶽岳 "
    "鬪鬥 鎚錘"
)

VARIANTS: dict[str, str] = {pair[0]: pair[1] for pair in _PAIRS.split()}
"""From each variant to the form in common use in simplified Chinese."""


@lru_cache(maxsize=2)
def variants_in(characters: Literal["any", "simplified"]) -> dict[int, str]:
    """From the code point of each variant to the form in common use.

    Args:
        characters: `simplified` gives the simplified form; `any` keeps traditional text
            traditional, so it leaves out what is a variant in simplified Chinese only.
    """
    if characters == "simplified":
        return str.maketrans(VARIANTS)
    simplified = converter_to("traditional").characters
    traditional = converter_to("simplified").characters
    pairs = {
        ord(variant): form
        for variant, form in VARIANTS.items()
        if ord(form) not in simplified and ord(variant) not in traditional
    }
    return pairs | {ord(pair[0]): pair[1] for pair in _TRADITIONAL_PAIRS.split()}


def fold_variants(text: str, characters: Literal["any", "simplified"] = "any") -> str:
    """`text` with each variant character replaced by the form in common use."""
    return text.translate(variants_in(characters))
