"""Chinese messages about what a figure is worth: noise, domains, openings of the test split."""

CHINESE: dict[str, str] = {
    "the opening of the test split cannot be recorded": "无法记录测试集的这次启用",
    "Make the folder of the run writable; the test split stays closed until then.": (
        "请让运行目录可写；在此之前测试集保持封存。"
    ),
    "the record of test openings cannot be read": "无法读取测试集启用记录",
    "The record of test openings has been changed or damaged: {file} no longer shows how"
    " often the test split was opened.": (
        "测试集启用记录被改动或已损坏：{file} 不再能说明测试集被启用过多少次。"
    ),
    "The test split of {task} has been opened {times} times, by {models} different models. If"
    " its figures decided anything, they are too good; choose by the validation split.": (
        "{task} 的测试集已被启用 {times} 次，涉及 {models} 个不同的模型。"
        "如果曾依据其结果做过取舍，这些数字就偏乐观；请用验证集来选择。"
    ),
    "trained on": "训练于",
    "{metric} by training domain and test set": "{metric}：训练领域 × 测试集",
    "* a test set of the domain that the model was trained on": "* 与模型训练领域相同的测试集",
    # The blocks of a task's section: noise
    "Under noise": "噪声之下",
    "noise": "噪声",
    "typing errors": "打字错误",
    "swapped characters": "相邻字符互换",
    "change at {strength}": "{strength} 时的变化",
    "{metric} on {items:,} items at every strength; the interval of the change is of 95%, paired": (
        "每一强度都在 {items:,} 条上测 {metric}；变化的区间为 95%，配对"
    ),
    "look-alike code points": "形同码异的字符",
    "similar Chinese characters": "形近汉字",
    "characters left out": "漏字符",
    "words left out": "漏词",
    "swapped words": "相邻词互换",
    "words of similar sense": "近义词替换",
    "{metric} over the share of changes: {noise}": "{metric} 随改动比例的变化：{noise}",
    "{noise}, {strength}: {metric} goes from {before} to {after}.": (
        "{noise} {strength}：{metric} 由 {before} 变为 {after}。"
    ),
    "{noise}, {strength}: {metric} {before} and {after}, no certain difference.": (
        "{noise} {strength}：{metric} 为 {before} 与 {after}，没有确定的差别。"
    ),
    "Measured on {n} items; bands are 95% intervals. The share is that of all characters or"
    " words, as far as a kind of noise can change so many.": (
        "在 {n} 条上测得；色带为 95% 区间。比例指改动的字符或词占全部的比例，"
        "以该类噪声能够改动的为限。"
    ),
    "The numbers": "具体数值",
    "Smallest edits that turn a prediction wrong": "使判断出错的最小改动",
    "Of {attacked:,} right predictions {flipped:,} ({part}) turn wrong by at most {edits} edited"
    " characters. The search is greedy and asks for at most {queries:,} predictions an item"
    " ({total:,} in all); smaller edits may exist.": (
        "在 {attacked:,} 条判断正确的文本中，{flipped:,} 条（{part}）只需改动至多 {edits} 处字符"
        "就会判错。搜索是贪心的，每条至多询问模型 {queries:,} 次（共 {total:,} 次）；"
        "可能存在更小的改动。"
    ),
    "The flips: {n}": "翻转的例子：{n} 条",
    "{before} becomes {after}, {edits} {edits:edit|edits}, {queries} predictions": (
        "{before} 变为 {after}，改动 {edits} 处，询问 {queries} 次"
    ),
    # Leaks
    "Test items in the training text": "训练文本中的测试条目",
    "{dirty} of {total} items share a passage of {words} words (or {characters} Chinese"
    " characters) with “{corpus}”, {documents} texts. {unchecked} are too short to be looked"
    " for and count as clean.": (
        "{total} 条中有 {dirty} 条与“{corpus}”（{documents} 篇文本）共有一段 {words} 个英文词"
        "或 {characters} 个汉字的文字。{unchecked} 条太短，无法查找，按未泄漏计。"
    ),
    "number": "数量",
    "all items": "全部条目",
    "clean items": "未泄漏的条目",
    "items found in the training text": "见于训练文本的条目",
    "Items found: {n}": "泄漏的条目：{n} 条",
    # Openings
    "Openings of the test split": "测试集启用记录",
    "The test split has been opened {times} {times:time|times}, by {models}"
    " {models:model|models}. Validation is free and not counted.": (
        "测试集已启用 {times} 次，涉及 {models} 个模型。验证集可随意使用，不计在内。"
    ),
    "The record": "记录",
    "when": "时间",
    "hash of the model": "模型哈希",
    "hash of the settings": "设置哈希",
    # Other domains
    "Other domains": "其他领域",
    "{metric} by training domain (rows) and test set (columns).": (
        "{metric}：行为训练领域，列为测试集。"
    ),
    "at home: ": "本领域：",
    # The terminal
    "{task}, {split} split: {items:,} {items:item|items}": "{task}，{split}集：{items:,} 条",
    "{dirty:,} of {total:,} items stand in {corpus}, in whole or in part; {metric} without them"
    " {clean}, with them {everything}": (
        "{total:,} 条中有 {dirty:,} 条全部或部分见于 {corpus}；"
        "去掉它们后 {metric} 为 {clean}，不去掉为 {everything}"
    ),
}
