"""The Chinese wording of what `yanmo.corpus.sources` says about files and what is in them."""

CHINESE: dict[str, str] = {
    "a language is two or three small letters, such as en or zh": (
        "语言代码是两三个小写字母，例如 en 或 zh"
    ),
    "Read are {types} (a Wikipedia dump), each also with .gz, .zst, .bz2 or .xz.": (
        "支持 {types}（维基百科转储），均可带 .gz、.zst、.bz2 或 .xz 后缀。"
    ),
    "the file unpacks to over {times} times its size": "解压后的数据超过文件大小的 {times} 倍",
    "If this is no mistake, unpack it and name the unpacked file.": (
        "如果确实如此，请先解压，再写明解压后的文件。"
    ),
    "the encoding of the text cannot be told for certain": "无法确定文本的编码",
    "longer than {limit} bytes": "长度超过 {limit} 字节",
    "Raise max_document_bytes to read it.": "要读取它，请调大 max_document_bytes。",
    "the record is nested too deeply": "该记录嵌套过深",
    "this file cannot be opened any more": "该文件已无法打开",
    "a record without its type or length": "记录缺少类型或长度",
    "a record whose length is wrong": "记录的长度有误",
    "the record breaks off": "记录不完整",
    "bytes that belong to no record": "有不属于任何记录的字节",
    "broken XML: {error}": "XML 有误：{error}",
    "broken PDF: {error}": "PDF 文件有误：{error}",
    "broken PDF page: {error}": "PDF 页面有误：{error}",
    "the PDF is encrypted with a password": "PDF 文件有密码保护",
    "the PDF holds no text; it may be a scan": "PDF 中没有文本，可能是扫描件",
    "broken zip container: {error}": "压缩容器有误：{error}",
    "{name} inside unpacks to too much": "其中的 {name} 解压后过大",
    "there is no {name} inside": "其中没有 {name}",
}
