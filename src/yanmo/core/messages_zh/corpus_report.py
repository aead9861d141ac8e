"""The Chinese wording of the report, the gate, the data card and the comparison of corpora."""

CHINESE: dict[str, str] = {
    # the account
    "the account of this corpus does not add up": "这份语料的账目不符",
    "A part of the work is missing or was counted twice: make the corpus again.": (
        "有一部分工作缺失或被重复计数：请重新制作语料。"
    ),
    # the table
    "{kept:,} of {read:,} documents kept ({share}): {size}, {characters:,} characters": (
        "{read:,} 篇文档中保留 {kept:,} 篇（{share}）：{size}，{characters:,} 个字符"
    ),
    "By source": "按来源",
    "By language": "按语言",
    "By domain": "按领域",
    "What the steps did": "各步骤做了什么",
    "Quality": "质量",
    "Diversity": "多样性",
    "Duplicates": "重复",
    "Passages cut out": "剪掉的段落",
    "{step}: {size} out of {documents:,} documents": "{step}：从 {documents:,} 篇文档中剪掉 {size}",
    "Personal data masked": "遮盖的个人信息",
    "Not read": "未读入",
    "domain": "领域",
    "share": "比例",
    "of the text": "占文本",
    "unknown": "未知",
    "further copies": "重复写入",
    "counted": "计数",
    "remaining": "剩余",
    "processing step": "步骤",
    "changed": "改动",
    "of those read": "占读入",
    "copies apart, {share} of the documents read passed every rule": (
        "除去重复文档，读入的文档有 {share} 通过了所有规则"
    ),
    "measure": "度量",
    "mean": "平均",
    "score (0 to 1)": "得分（0 到 1）",
    "novelty: phrases that are not repeated": "新颖度：不重复的短语",
    "different words": "不同的词",
    "vocabulary": "词汇",
    "entropy": "熵",
    "density": "密度",
    "bits": "比特",
    "spread over sources, domains, languages": "来源、领域、语言的分布",
    "{documents:,} documents dropped as copies, {share} of those read": (
        "作为重复剔除 {documents:,} 篇，占读入的 {share}"
    ),
    "{step}: {number:,} clusters of {documents:,} documents, the largest of {largest:,}": (
        "{step}：{number:,} 个重复簇，共 {documents:,} 篇，最大的一簇 {largest:,} 篇"
    ),
    "{total:,} in {documents:,} documents, {rate} per million characters": (
        "{documents:,} 篇文档中共 {total:,} 处，每百万字符 {rate} 处"
    ),
    "{count:,} files or records could not be read:": "{count:,} 个文件或记录无法读取：",
    "files of types that are not read: {types}": "未读取的文件类型：{types}",
    # the gate
    "this corpus does not pass the gate": "这份语料没有通过质量门槛",
    "trained although {reason}": "未达标仍训练：{reason}",
    "Look at it with `yanmo corpus stats`, improve it, or change {keys} in the recipe. "
    "To train on it as it is: gate.on_failure=warn; the manifest will say so.": (
        "请用 `yanmo corpus stats` 查看并改进语料，或修改配方中的 {keys}。"
        "若要照样训练，请设 gate.on_failure=warn；清单中会记下这一点。"
    ),
    "the report does not tell what {limit} asks for; make the corpus again": (
        "报告中没有 {limit} 所要的数字；请重新制作语料"
    ),
    "nothing looked for personal data; {limit} needs corpus.privacy": (
        "没有检查过个人信息；{limit} 需要 corpus.privacy"
    ),
    "{what}: {measured}, at least {wanted} wanted": "{what}：{measured}，要求不低于 {wanted}",
    "{what}: {measured}, at most {wanted} allowed": "{what}：{measured}，最多允许 {wanted}",
    "bytes kept": "保留的字节",
    "documents kept of those read": "读入文档中保留的比例",
    "documents that passed every rule": "通过所有规则的文档",
    "files and records that could not be read": "无法读取的文件和记录",
    "documents that were copies": "属于重复的文档",
    "phrases that are not repeated": "不重复的短语",
    "diversity score": "多样性得分",
    "languages": "语言数",
    "personal data in a million characters": "每百万字符中的个人信息",
    # the comparison
    "bytes that repeat nothing": "不重复的字节",
    "variety (0 to 1)": "丰富度（0 到 1）",
    "diversity score (0 to 1)": "多样性得分（0 到 1）",
    "effective number of sources": "有效来源数",
    "effective number of languages": "有效语言数",
    "quantity x quality x diversity": "数量 × 质量 × 多样性",
    "quantity x diversity": "数量 × 多样性",
    "Quality is left out: the two went through different rules, so the shares that "
    "passed say nothing. Make both with the same rules to compare it.": (
        "质量未计入：两份语料经过的规则不同，通过的比例说明不了什么。"
        "要比较质量，请用同样的规则制作两者。"
    ),
    "One of the two reports lacks quality or diversity; make that corpus again.": (
        "其中一份报告缺少质量或多样性的数字；请重新制作那份语料。"
    ),
    "Take {name}: it is worth about as much ({product}) and smaller.": (
        "选 {name}：价值（{product}）相当，而体积更小。"
    ),
    "It makes no clear difference: {product} differ by a factor of less than {ratio}.": (
        "差别不明显：{product}相差不到 {ratio} 倍。"
    ),
    "Take {name}: the other one is empty or says the same again and again.": (
        "选 {name}：另一份是空的，或反复说同样的话。"
    ),
    "Take {name}: {product} come to {ratio} times the other.": (
        "选 {name}：{product}是另一份的 {ratio} 倍。"
    ),
    "Quantity: {larger} has {times} times the text of {smaller}.": (
        "数量：{larger} 的文本是 {smaller} 的 {times} 倍。"
    ),
    "Repetition: {share} of {name} repeats what it says elsewhere; {size} remain.": (
        "重复：{name} 有 {share} 是别处说过的话，去掉后剩 {size}。"
    ),
    "Quality: of {better} {high} passed every rule, of {worse} {low}.": (
        "质量：{better} 有 {high} 通过了所有规则，{worse} 有 {low}。"
    ),
    "Variety: {better} has {high}, {worse} {low}.": (
        "丰富度：{better} 为 {high}，{worse} 为 {low}。"
    ),
    "Privacy: {worse} held {high} pieces of personal data in a million characters, "
    "{better} {low}.": "隐私：每百万字符中的个人信息，{worse} 有 {high} 处，{better} 有 {low} 处。",
    "For a training of up to {size} of text ({passes} passes) {smaller} is enough, "
    "and it is the richer one; beyond that the quantity of {larger} counts.": (
        "训练文本不超过 {size}（{passes} 遍）时，{smaller} 就够用，而且更丰富；"
        "再多则要看 {larger} 的数量。"
    ),
    "{smaller} carries a training of at most {size} of text: more than {passes} "
    "passes over the same text teach little.": (
        "{smaller} 最多支撑 {size} 文本的训练：同样的文本过 {passes} 遍以上就学不到多少了。"
    ),
    "Their languages differ (overlap {share}), so variety cannot be compared fairly; "
    "consider a mixture of both.": (
        "两者语言不同（重合 {share}），丰富度不能公平比较；可以考虑把两者混合。"
    ),
    # the data card
    "{documents:,} documents, {characters:,} characters, {bytes:,} bytes of text "
    "({size}), cleaned from {read:,} documents that were read.": (
        "{documents:,} 篇文档，{characters:,} 个字符，{bytes:,} 字节文本（{size}），"
        "由读入的 {read:,} 篇文档清洗而成。"
    ),
    "Made with yanmo {version}; `report.json` holds every figure below.": (
        "由 yanmo {version} 制作；下面的每个数字都出自 `report.json`。"
    ),
    "What it is made of": "由什么组成",
    "How it was made": "如何制作",
    "What was left out": "剔除了什么",
    "Repetition and diversity": "重复与多样性",
    "Personal data": "个人信息",
    "How to load it": "如何加载",
    "Known gaps": "已知的不足",
    "The mixture writes {documents:,} further copies of documents of the train split.": (
        "按混合比例，训练部分的文档另外重复写入了 {documents:,} 篇。"
    ),
    "The steps, in the order in which they ran:": "各步骤，按运行顺序：",
    "documents changed": "改动的文档",
    "documents dropped": "剔除的文档",
    "{rejected:,} documents ({share}) were dropped; {kept:,} + {rejected:,} = {read:,}.": (
        "剔除了 {rejected:,} 篇（{share}）；{kept:,} + {rejected:,} = {read:,}。"
    ),
    "Files and records that could not be read: {count:,}.": "无法读取的文件和记录：{count:,} 个。",
    "{documents:,} documents ({share} of those read) were copies of others.": (
        "有 {documents:,} 篇（占读入的 {share}）与别的文档重复。"
    ),
    "Diversity score {score} (0 to 1): {novelty} of its phrases of {n} words are not "
    "repeated in it; {distinct:,} different words among {words:,}.": (
        "多样性得分 {score}（0 到 1）：由 {n} 个词组成的短语有 {novelty} 不重复；"
        "{words:,} 个词中有 {distinct:,} 个不同的词。"
    ),
    "Nothing was masked: the recipe did not ask for it. Expect personal data.": (
        "没有遮盖任何内容：配方没有要求。其中可能有个人信息。"
    ),
    "{total:,} pieces of personal data were masked in {documents:,} documents, {rate} in a "
    "million characters. What the patterns did not recognise is still there.": (
        "在 {documents:,} 篇文档中遮盖了 {total:,} 处个人信息，每百万字符 {rate} 处。"
        "规则没有认出的仍在其中。"
    ),
    "type": "类型",
    "masked": "遮盖",
    "The column `split` says which documents are for training, validation and test; all of "
    "them lie in the same files.": (
        "`split` 列标明文档用于训练、验证还是测试；它们都在同样的文件里。"
    ),
    "The licences of the sources are theirs; nothing here checks them.": (
        "各来源的许可归其自身；这里没有检查。"
    ),
    "The language of {share} of the text is not known.": "有 {share} 的文本不知道是什么语言。",
    "The domain of {share} of the text is not known.": "有 {share} 的文本不知道属于什么领域。",
    "Who wrote the texts, where and for whom, was not measured; nor were bias and truth.": (
        "文本由谁、在何处、为谁而写，没有度量；偏见与真伪也没有度量。"
    ),
    "Vocabulary and entropy were measured on {words:,} words, fewer than the "
    "{wanted:,} that make corpora comparable.": (
        "词汇和熵只在 {words:,} 个词上度量，少于语料之间可比所需的 {wanted:,} 个。"
    ),
    # looking at a corpus
    "there is no corpus here": "这里没有语料",
    "Name a run, a corpus folder or a report.json; make one with: yanmo corpus RECIPE": (
        "请给出运行、语料文件夹或 report.json；制作语料：yanmo corpus RECIPE"
    ),
    "this is no report of a corpus": "这不是语料的报告",
    "it lacks {names}": "缺少 {names}",
    "this file holds no JSON object": "这个文件里不是 JSON 对象",
    "no document was dropped by {rule}": "没有文档因 {rule} 被剔除",
    "this corpus has no clusters of duplicates": "这份语料没有重复簇",
    "Switch on a comparison that makes them, such as corpus.duplicates.near.": (
        "请开启会产生重复簇的比较，例如 corpus.duplicates.near。"
    ),
    "{step} changed {n} documents": "{step} 改动了 {n} 篇文档",
    "{step} dropped {n}: {reason}": "{step} 剔除 {n} 篇：{reason}",
    "there is no profile '{name}'": "没有名为 '{name}' 的预处理方案",
    "stays": "保留",
    "similarity {value}": "相似度 {value}",
    "  ... and {n} more characters": "  ……另有 {n} 个字符",
    # the command line
    "Make a corpus (`yanmo corpus RECIPE`), and look at what came of it.": (
        "制作语料（`yanmo corpus RECIPE`），并查看结果。"
    ),
    "RECIPE [KEY=VALUE]... | COMMAND [ARGS]...": "RECIPE [KEY=VALUE]... | 命令 [参数]...",
    "The same as `yanmo corpus RECIPE`.": "与 `yanmo corpus RECIPE` 相同。",
    "Quantity, quality, diversity, duplicates, privacy of a corpus.": (
        "一份语料的数量、质量、多样性、重复与隐私。"
    ),
    "Documents kept or dropped, or the steps of a preparation profile.": (
        "保留或剔除的文档，或一个预处理方案的各步骤。"
    ),
    "Hold two corpora against each other and say which one to take.": (
        "比较两份语料，说明该选哪一份。"
    ),
    "Print the data card, as the Hugging Face hub reads it.": ("输出 Hugging Face 格式的数据卡。"),
    "there is no command and no recipe '{name}'": "没有 '{name}' 这个命令，也没有这份配方",
    "A run, a corpus folder or its report.json.": "运行、语料文件夹或其 report.json。",
    "A run, a corpus folder, or a text for --profile.": (
        "运行、语料文件夹，或供 --profile 使用的文本文件。"
    ),
    "A run or a corpus folder.": "运行或语料文件夹。",
    "Another one.": "另一份。",
    "Documents that were kept.": "保留的文档。",
    "Documents that were dropped, by reason.": "剔除的文档，按原因。",
    "Only what this step or reason dropped.": "只看这个步骤或原因剔除的。",
    "The largest clusters of duplicates.": "最大的重复簇。",
    "Every row of every table.": "显示每张表的所有行。",
    "How many of each.": "每种显示多少。",
    "Prepare a text for a purpose: lm, bow, seq2seq or social.": (
        "按用途预处理文本：lm、bow、seq2seq 或 social。"
    ),
    "The text; '-' reads standard input.": "文本；'-' 表示从标准输入读取。",
    "With --profile: whether stop words go.": "用于 --profile：是否去掉停用词。",
    "With --profile: whether punctuation goes.": "用于 --profile：是否去掉标点。",
    "With --profile: whether endings go.": "用于 --profile：是否去掉词尾。",
    "{option} needs --profile": "{option} 须与 --profile 同用",
    "--kept, --rejected and --clusters exclude each other": (
        "--kept、--rejected 和 --clusters 只能选一个"
    ),
    "PATH and --prompt exclude each other": "PATH 和 --prompt 只能给一个",
    "cluster {n}: {count} documents": "第 {n} 簇：{count} 篇文档",
}
