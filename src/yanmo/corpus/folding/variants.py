"""Variant characters (異體字).

Comes in: text. Goes out: the same text with variants in the form in common use. The pairs are taken
from the First List of Processed Variant Characters (第一批异体字整理表, China 1955), but only those in
which both forms mean the same wherever they stand.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from yanmo.corpus.folding.opencc import converter_to

_PAIRS = (
    "闇暗 菴庵 鼇鳌 覇霸 栢柏 盃杯 桮杯 偪逼 斃毙 氷冰 竝并 寀采 艸草 冊册 揷插 査查 嚐尝 塲场 喫吃 癡痴 "
    "脣唇 怱匆 悤匆 觕粗 麤粗 邨村 躭耽 嶋岛 悳德 櫈凳 隄堤 覩睹 妬妒 朶朵 峩峨 鵞鹅 灋法 汎泛 峯峰 "
    "稈秆 箇个 鉤钩 夠够 筦管 舘馆 鑵罐 恆恒 懽欢 讙欢 蹟迹 鷄鸡 姦奸 刦劫 刧劫 觔斤 欬咳 尅克 欵款 崐昆 "
    "崑昆 綑捆 嬾懒 淚泪 稜棱 厤历 涼凉 樑梁 鄰邻 隣邻 蔴麻 駡骂 貓猫 楳梅 槑梅 緜绵 玅妙 嬭奶 閙闹 "
    "嫰嫩 煖暖 砲炮 礮炮 凴凭 棲栖 悽凄 淒凄 啟启 啓启 棄弃 彊强 強强 牆墙 羣群 輭软 灑洒 屍尸 蝨虱 "
    "寔实 豎竖 佀似 甦苏 筍笋 擡抬 罎坛 壜坛 餹糖 兎兔 託托 盌碗 椀碗 徃往 汙污 汚污 蓆席 谿溪 絃弦 啣衔 "
    "綫线 亯享 効效 傚效 脇胁 攜携 繡绣 敍叙 敘叙 菸烟 煙烟 臙胭 巖岩 巗岩 嵒岩 燄焰 鴈雁 餚肴 埜野 壄野 "
    "異异 唫吟 婬淫 暎映 詠咏 湧涌 遊游 癒愈 瘉愈 慾欲 寃冤 嶽岳 韻韵 襍杂 塟葬 紥扎 砦寨 炤照 珎珍 鍼针 "
    "証证 寘置 塚冢 衆众 眾众 呪咒 粧妆 槕桌 椶棕 卆卒 辠罪 冣最 恠怪 畧略 畱留 畵画 畝亩 甎砖 瓈璃 "
    "癈废 皁皂 皐皋 盇盍 睠眷 矙瞰 祕秘 秊年 稺稚 穉稚 窓窗 窻窗 竢俟 笻筇 箎篪 籐藤 糉粽 糭粽 紬绸 綵彩 "
    "緥褓 縧绦 繦襁 罇樽 罏垆 翄翅 耡锄 聟婿 脗吻 臝裸 舉举 艢樯 艣橹 艪橹 荅答 菓果 蔕蒂 薑姜 蘂蕊 蕋蕊 "
    "虵蛇 蜨蝶 蝯猿 螡蚊 蟁蚊 衂衄 裩裈 襃褒 訛讹 譌讹 豓艳 豔艳 貍狸 賸剩 跥跺 踰逾 蹵蹴 躕蹰 軆体 "
    "逰游 遯遁 酧酬 醻酬 釬焊 銲焊 鎌镰 鎚锤 鑛矿 閧哄 闗关 陿狭 靭韧 靱韧 韮韭 頫俯 顋腮 飃飘 飱飧 餧喂 "
    "騐验 騣鬃 鬭斗 鬪斗 鯗鲞 鰛鳁 鱷鳄 鳬凫 鴉鸦 鵰雕 鶵雏 鹻碱 鹹咸 麐麟 齩咬"
)

_TRADITIONAL_PAIRS = (
    "峯峰 羣群 綫線 衆眾 牀床 竈灶 麪麵 啓啟 僞偽 鷄雞 脣唇 爲為 粧妝 鈎鉤 舘館 隣鄰 韮韭 嶽岳 鬪鬥 鎚錘"
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
