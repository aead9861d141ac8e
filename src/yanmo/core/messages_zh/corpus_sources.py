"""The Chinese wording of what `yanmo.corpus.sources` says about files and what is in them."""

CHINESE: dict[str, str] = {
    "a language is two or three small letters, such as en or zh": (
        "语言代码是两三个小写字母，例如 en 或 zh"
    ),
}
