"""The Chinese wording of the report, the gate, the data card and the comparison of corpora."""

CHINESE: dict[str, str] = {
    # the account
    "the account of this corpus does not add up": "这份语料的账目不符",
    "A part of the work is missing or was counted twice: make the corpus again.": (
        "有一部分工作缺失或被重复计数：请重新制作语料。"
    ),
}
