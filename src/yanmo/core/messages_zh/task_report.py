"""Chinese messages of the report of a task and of the pages that show it."""

CHINESE: dict[str, str] = {
    "the evaluation report cannot be read": "无法读取评测报告",
    "this is no evaluation report of a task": "这不是任务评测报告",
    "this evaluation report was written by a later version of yanmo": (
        "此评测报告由更新版本的 yanmo 写成"
    ),
    "its format is {found}; this version knows formats up to {known}": (
        "其格式为 {found}；本版本支持到格式 {known}"
    ),
    "the scored items cannot be read": "无法读取逐项评分",
    # The section of a task: figures and verdicts
    "Task: {name}": "任务：{name}",
    "{task} ({section})": "{task}（{section}）",
    "{metric} ({direction})": "{metric}（{direction}）",
    "higher is better": "越高越好",
    "lower is better": "越低越好",
    "Against the baselines": "与基线相比",
    "{metric} {value} on {n} items of the {split} split.": (
        "{split}集 {n} 条上的 {metric} 为 {value}。"
    ),
    "The model gave nothing that could be measured.": "模型没有给出可以评测的结果。",
    "Better than the best baseline, {name}.": "优于最好的基线（{name}）。",
    "Worse than the best baseline, {name}.": "不如最好的基线（{name}）。",
    "No certain difference from the best baseline, {name}.": (
        "与最好的基线（{name}）没有确定的差别。"
    ),
    "{metric} {difference}, 95% interval {low} to {high}, p {p} ({test}).": (
        "{metric} 相差 {difference}，95% 区间 {low} 至 {high}，p {p}（{test}）。"
    ),
    "What the figures depend on": "各项指标的计算方式",
    "From {place}; model {model}.": "出自 {place}；模型 {model}。",
    "Trained on {name}.": "训练数据：{name}。",
    "{texts} texts were too long for the model; {tokens} tokens of them were cut off.": (
        "{texts} 条文本超出模型长度，共截去 {tokens} 个词元。"
    ),
    "No text was cut.": "没有文本被截断。",
    "{task}: {sentence}": "{task}：{sentence}",
    "Ask the model of {task}:": "询问 {task} 的模型：",
    # Baselines
    "majority class": "最常见的类",
    "TF-IDF + logistic regression": "TF-IDF 加逻辑回归",
    "entities seen in training": "查训练数据中的实体",
    "nearest sentence": "最接近的句子",
    "nearest window": "最接近的窗口",
    "source copied": "照抄原文",
    "word by word": "逐词翻译",
    "first words": "开头若干词",
    "first sentences": "开头几句",
    "word overlap": "词的重叠",
    "TF-IDF cosine": "TF-IDF 余弦",
    "longest choice": "最长的选项",
    "sliding window": "滑动窗口",
    "longer answer": "更长的回答",
    # Classes and calibration
    "right": "正确答案",
    "said": "模型答案",
    "items": "条数",
    "class": "类别",
    "Precision": "精确率",
    "Recall": "召回率",
    "Each class": "各个类别",
    "right ↓ said →": "正确 ↓ 模型 →",
    "Right classes and said ones": "正确类别与模型类别",
    "Confidence and truth": "把握与实际",
    "confidence {confidence}, right {accuracy}, {n} items": (
        "把握 {confidence}，正确 {accuracy}，{n} 条"
    ),
    "share of right predictions over their confidence": "各档把握下的正确率",
    "Across: how sure the model is; up: how often it is right. Below the line it is too sure."
    " Expected calibration error: {error}.": (
        "横轴：模型的把握；纵轴：实际正确率。在虚线之下说明过于自信。期望校准误差：{error}。"
    ),
    "{value} ({low} – {high})": "{value}（{low} – {high}）",
    # Items
    "The {n} items with the lowest scores": "得分最低的 {n} 条",
    "The first {n} of {total} wrong items": "{total} 条错误中的前 {n} 条",
    "Wrong items: {n}": "错误：{n} 条",
    "confidence": "把握",
    "score": "得分",
    "leak": "泄漏",
    "metric": "指标",
    "in the training text": "见于训练文本",
    "report.json has {names}, too": "report.json 里还有 {names}",
}
