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
}
