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
}
