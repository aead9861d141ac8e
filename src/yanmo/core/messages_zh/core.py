"""Chinese messages of `yanmo.core`: recipes, files, devices."""

CHINESE = {
    "{where}: {what}": "{where}：{what}",
    "{maker}, {n} {n:thread|threads}": "{maker}，{n} 个线程",
    "{what}: {why}": "{what}：{why}",
    "{what} ({why})": "{what}（{why}）",
    # recipe files
    "this is not valid TOML": "不是合法的 TOML",
    "Text needs quotes in TOML, and every key appears once.": (
        "TOML 里的文本要加引号，每个键只能出现一次。"
    ),
    "this is not valid YAML": "不是合法的 YAML",
    "this recipe is nested or repeated beyond all measure": "配方嵌套或重复得太多了",
    "anchors may repeat a value, but not without end": "锚点可以重复一个值，但不能没完没了",
    "a key must be a word": "键必须是一个词",
    "merge keys ('<<') are not supported": "不支持合并键（'<<'）",
    "Write the keys out.": "请把各个键直接写出来。",
    "key '{key}' is given twice, on lines {first} and {second}": (
        "键 '{key}' 写了两次，分别在第 {first} 行和第 {second} 行"
    ),
    "this number is too long": "这个数太长了",
    "this is a folder, not a recipe": "这是文件夹，不是配方文件",
    "cannot read this recipe": "读不了这个配方",
    "Did you mean '{suggestion}'?": "是不是想写 '{suggestion}'？",
    "Known recipes: {names}": "现有的配方：{names}",
    "there is no such recipe": "没有这个配方",
    "a recipe is a .toml, .yaml or .yml file, not '{suffix}'": (
        "配方是 .toml、.yaml 或 .yml 文件，不是 '{suffix}'"
    ),
    "a recipe is a table of sections, not a list or a single value": (
        "配方由若干节组成，不能是列表或单个值"
    ),
    "this file is too large for a recipe": "这个文件太大，不像是配方",
    "more than {count} bytes": "超过 {count} 字节",
    "this file is not UTF-8 text": "这个文件不是 UTF-8 文本",
    "Save it as UTF-8 in your editor.": "请在编辑器里另存为 UTF-8。",
    "this recipe is empty": "配方是空的",
    # overrides
    "command line": "命令行",
    "'{word}' is not of the form key=value": "'{word}' 不是 键=值 的形式",
    "'{key}' is not a key": "'{key}' 不是一个键",
    '{key}={value} is not valid TOML; write lists as ["a", "b"], in quotes': (
        '{key}={value} 不是合法的 TOML；列表写成 ["a", "b"]，外面再加引号'
    ),
    "there is no '{key}': '{list}' is a list of {count}, its entries count from 0": (
        "没有 '{key}'：'{list}' 是 {count} 项的列表，从 0 数起"
    ),
    "'{key}' is {value}, not a section": "'{key}' 是 {value}，不是一节",
    # what is wrong with a key
    "unknown key '{key}', did you mean '{suggestion}'?": (
        "没有 '{key}' 这个键，是不是想写 '{suggestion}'？"
    ),
    "unknown key '{key}'; it exists only with {tags}": (
        "没有 '{key}' 这个键；只有 {tags} 时才有它"
    ),
    "unknown key '{key}'; there are: {known}": "没有 '{key}' 这个键；这里有：{known}",
    "missing key '{key}'": "缺少键 '{key}'",
    "missing key '{key}', it must be {requirement}": "缺少键 '{key}'，要求 {requirement}",
    "{key} = {value}: must be {requirement}": "{key} = {value}：要求 {requirement}",
    "{key}: {message}": "{key}：{message}",
    "{message}, did you mean {suggestion}?": "{message}，是不是想写 {suggestion}？",
    "{message}; write {value}": "{message}；请写 {value}",
    "the text \"none\" cannot be stored for '{key}', it means None": (
        "'{key}' 存不了文本 \"none\"，因为它表示不设"
    ),
    "this text is not valid Unicode: {text}": "这段文本不是合法的 Unicode：{text}",
    # what a key demands
    "{first}, {second}": "{first}、{second}",
    "{phrase}, {bound}": "{phrase}，{bound}",
    "{first} or {last}": "{first} 或 {last}",
    "a number of {count} bits": "一个 {count} 位的二进制数",
    "at least {limit}": "不小于 {limit}",
    "greater than {limit}": "大于 {limit}",
    "at most {limit}": "不大于 {limit}",
    "less than {limit}": "小于 {limit}",
    "a multiple of {limit}": "{limit} 的倍数",
    "no shorter than {limit}": "长度不小于 {limit}",
    "no longer than {limit}": "长度不大于 {limit}",
    "no fewer entries than {limit}": "不少于 {limit} 项",
    "no more entries than {limit}": "不多于 {limit} 项",
    "of the pattern {limit}": "符合 {limit} 的形式",
    "a finite number": "有限的数",
    "valid Unicode": "合法的 Unicode",
    "a section": "一节",
    "a section with {key} = {choices}": "一节，其中 {key} = {choices}",
    "true or false": "true 或 false",
    "a whole number": "整数",
    "a number": "数",
    "text": "文本",
    "a path": "路径",
    "a table": "表",
    "a list, each entry {entry}": "列表，每项为{entry}",
    # the reference of keys
    "not set": "不设",
    "{facts}; required": "{facts}；必填",
    "{facts}; default {default}": "{facts}；默认 {default}",
    "{facts}; only with {condition}": "{facts}；只在 {condition} 时有",
    # devices
    "this machine has no device '{name}'": "这台机器上没有设备 '{name}'",
    "Set pretrain.device=auto, or see `yanmo doctor`.": (
        "请设 pretrain.device=auto，或运行 `yanmo doctor` 看看。"
    ),
    "{device} does not compute in bfloat16": "{device} 不能用 bfloat16 计算",
    "Set pretrain.precision=auto or float32.": "请设 pretrain.precision=auto 或 float32。",
    # manifests
    "cannot read this manifest": "读不了这个清单",
    "this manifest was written by another version of yanmo": "这个清单是另一版 yanmo 写的",
    "Delete the file to have the stage made again.": "删掉这个文件，这一步就会重做。",
    # the lock of a run
    "another yanmo process is writing here": "另一个 yanmo 进程正在写这里",
    "process {pid}": "进程 {pid}",
    "Wait for it to end, or give another folder with --out.": (
        "请等它结束，或用 --out 另给一个文件夹。"
    ),
    "this folder cannot be made or written": "无法建立或写入这个文件夹",
    "`yanmo new python_docs` writes a recipe to begin with.": (
        "`yanmo new python_docs` 可写出一份起步的配方。"
    ),
    "Name a .toml or .yaml file, or a shipped recipe: `yanmo ls recipes` lists them.": (
        "请给出 .toml 或 .yaml 文件，或自带的配方：`yanmo ls recipes` 可列出它们。"
    ),
}
