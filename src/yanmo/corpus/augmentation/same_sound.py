"""Chinese characters that are typed by the same syllable, and so are taken for one another.

Comes in: a character. Goes out: the others of its syllable, tone aside. The 3,755 characters of
level 1 of GB/T 2312-1980 stand in the order of their pinyin, so that the first character of each
syllable is all that has to be known; the codec of the standard library has the rest. A character
with several readings is known by the one that the standard files it under.
"""

from __future__ import annotations

from functools import lru_cache

_FIRST_OF_SYLLABLE = (
    "啊埃鞍肮凹芭白斑邦苞杯奔崩逼鞭标鳖彬兵玻捕擦猜餐苍操厕层插拆搀昌超车郴撑吃充抽初揣川疮吹春戳疵"
    "聪凑粗蹿摧村磋搭呆耽当刀德蹬堤颠碉跌丁丢东兜都端堆墩掇蛾恩而发藩坊菲芬丰佛否夫噶该干冈篙哥给根"
    "耕工钩辜刮乖棺光瑰辊锅哈骸酣夯壕呵嘿痕哼轰喉呼花槐欢荒灰荤豁击嘉歼僵蕉揭巾荆炯揪鞠捐撅均喀开刊"
    "康考坷肯坑空抠枯夸块宽匡亏坤括垃莱蓝琅捞勒雷棱厘俩联粮撩列琳拎溜龙楼芦驴峦掠抡萝妈埋瞒芒猫么玫"
    "门萌眯棉苗蔑民明谬摸谋拇拿氖南囊挠呢馁嫩能妮蔫娘鸟捏您柠牛脓奴女暖虐挪哦欧啪拍攀乓抛呸喷砰坯篇"
    "飘撇拼乒坡剖扑期掐牵枪橇切钦青琼秋趋圈缺裙然瓤饶惹壬扔日戎揉茹软蕊闰若撒腮三桑搔瑟森僧莎筛珊墒"
    "梢奢砷声师收蔬刷摔栓霜谁吮说斯松搜苏酸虽孙蓑塌胎坍汤掏特藤梯天挑贴厅通偷凸湍推吞拖挖歪豌汪威瘟"
    "嗡挝巫昔瞎掀相萧楔薪星兄休墟轩靴勋压焉殃邀椰一茵英哟拥幽迂鸳曰耘匝栽咱赃遭责贼怎增扎摘瞻樟招遮"
    "珍蒸芝中舟珠抓拽专桩椎谆捉兹鬃邹租钻嘴尊昨"
)
_LEVEL_1_ROWS = range(0xB0, 0xD8)


def same_sound(character: str) -> str:
    """The other characters of the syllable, in the order of tones; empty where none is known."""
    return _groups().get(character, "").replace(character, "")


@lru_cache(maxsize=1)
def _groups() -> dict[str, str]:
    """For each character of level 1 all those of its syllable."""
    codes = b"".join(bytes([row, cell]) for row in _LEVEL_1_ROWS for cell in range(0xA1, 0xFF))
    ordered = codes.decode("gb2312", errors="ignore")  # the last row has five free cells
    starts = [ordered.index(first) for first in _FIRST_OF_SYLLABLE]
    assert starts == sorted(starts), "the first characters stand in the order of the standard"
    groups = [
        ordered[start:end] for start, end in zip(starts, [*starts[1:], len(ordered)], strict=True)
    ]
    return {character: group for group in groups for character in group}
