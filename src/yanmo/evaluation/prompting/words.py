"""Words of the templates: in English and in Chinese the cues, instructions, labels and languages.

Data without logic; a sentence here is read by a model and not by the user.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yanmo.evaluation.prompting.config import PromptLanguage


@dataclass(frozen=True)
class PromptWords:
    """What a template in one language is made of.

    Attributes:
        gap: what stands between a cue and what follows it.
        cues: what announces a part, by the name of the part.
        instructions: what is asked for, by the kind of task; `{labels}`, `{source}` and `{target}`
            are filled in.
        comma: what stands between labels and between keywords.
        no_answer: what is answered where the passage holds no answer.
        labels: usual words for usual labels.
        languages: names of languages by their codes.
    """

    gap: str
    cues: Mapping[str, str]
    instructions: Mapping[str, str]
    comma: str
    no_answer: str
    labels: Mapping[str, str]
    languages: Mapping[str, str]


WORDS: dict[PromptLanguage, PromptWords] = {
    "en": PromptWords(
        gap=" ",
        cues={
            "text": "Text:",
            "first": "First text:",
            "second": "Second text:",
            "label": "Label:",
            "question": "Question:",
            "answer": "Answer:",
            "summary": "Summary:",
            "keywords": "Keywords:",
            "system": "System:",
            "user": "User:",
            "assistant": "Assistant:",
            "tool": "Tool:",
            "language": "{name}:",
        },
        instructions={
            "classification": "Say which label fits each text: {labels}.",
            "choices": "",
            "preferences": "",
            "questions": "Answer each question with words from the passage above it.",
            "translation": "Translate from {source} into {target}.",
            "summarisation": "Summarise each text.",
            "keywords": "Name the keywords of each text, the most important first.",
            "conversations": "",
        },
        comma=", ",
        no_answer="unanswerable",
        labels={},
        languages={
            "en": "English",
            "zh": "Chinese",
            "de": "German",
            "fr": "French",
            "es": "Spanish",
            "ja": "Japanese",
        },
    ),
    "zh": PromptWords(
        gap="",
        cues={
            "text": "文本：",
            "first": "文本一：",
            "second": "文本二：",
            "label": "类别：",
            "question": "问题：",
            "answer": "答案：",
            "summary": "摘要：",
            "keywords": "关键词：",
            "system": "系统：",
            "user": "用户：",
            "assistant": "助手：",
            "tool": "工具：",
            "language": "{name}：",
        },
        instructions={
            "classification": "判断每段文本属于哪一类：{labels}。",
            "choices": "",
            "preferences": "",
            "questions": "用上文中的词语回答每个问题。",
            "translation": "把{source}译成{target}。",
            "summarisation": "为每段文本写出摘要。",
            "keywords": "写出每段文本的关键词，最重要的在前。",
            "conversations": "",
        },
        comma="、",
        no_answer="无法回答",
        labels={
            "positive": "正面",
            "negative": "负面",
            "neutral": "中性",
            "finance": "财经",
            "realty": "房产",
            "stocks": "股票",
            "education": "教育",
            "science": "科技",
            "society": "社会",
            "politics": "时政",
            "sports": "体育",
            "game": "游戏",
            "entertainment": "娱乐",
        },
        languages={
            "en": "英文",
            "zh": "中文",
            "de": "德文",
            "fr": "法文",
            "es": "西班牙文",
            "ja": "日文",
        },
    ),
}
