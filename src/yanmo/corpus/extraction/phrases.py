"""Words of visible text that announce something other than the article.

Goes out: groups of words, each one bit, and the hash table by which they are found. English words
count whole, Chinese ones by pairs of characters. How much a group counts is learned.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

PHRASE_GROUPS: dict[str, str] = {
    "ad": "advertisement advert advertising sponsored promoted ad ads 广告 推广 赞助",
    "more": (
        "more read continue click next previous view see here 更多 阅读 点击 全文 上一 下一 查看"
    ),
    "related": (
        "related recommended also trending popular latest stories articles watch like "
        "相关 推荐 热门 精彩 热点 排行 最新"
    ),
    "share": (
        "share facebook twitter whatsapp tweet pinterest linkedin print follow "
        "分享 微信 微博 朋友 扫一 好友"
    ),
    "comment": "comment comments reply replies discussion 评论 跟贴 回复 网友 发表 参与",
    "newsletter": (
        "newsletter newsletters subscribe sign signup inbox subscription email delivered "
        "订阅 关注 扫码 二维 下载 客户 公众"
    ),
    "rights": (
        "copyright rights reserved trademark trademarks terms privacy policy cookies disclaimer "
        "registered 版权 转载 声明 侵权 免责 备案 许可"
    ),
    "credit": (
        "photo photograph photographer photos image getty reuters picture courtesy credit "
        "图片 摄影 供图 图源 视觉 资料 图为"
    ),
    "byline": (
        "by author editor written reporter contributed updated published posted edited "
        "责任 编辑 来源 作者 记者 发布 责编 审核 校对 通讯"
    ),
    "account": (
        "login log register account password contact search menu home "
        "登录 注册 首页 举报 收藏 搜索 打印 字号 浏览 当前 位置"
    ),
}
"""Words by group, at most 50 groups."""

_SLOTS = 1024


def hash_codes(text: str) -> int:
    """FNV-1a over code points, 32 bits."""
    value = 2166136261
    for character in text:
        value = ((value ^ ord(character)) * 16777619) & 0xFFFFFFFF
    return value


@lru_cache(maxsize=1)
def phrase_slots() -> NDArray[np.int64]:
    """(1024, 2) int64: hash and group number from 1; number 0 is free. For `tags.find_slot`."""
    slots = np.zeros((_SLOTS, 2), np.int64)
    for number, words in enumerate(PHRASE_GROUPS.values(), start=1):
        for word in words.split():
            value = hash_codes(word)
            at = value & (_SLOTS - 1)
            while slots[at, 1]:
                assert slots[at, 0] != value, f"{word} is listed twice"
                at = (at + 1) & (_SLOTS - 1)
            slots[at] = value, number
    return slots
