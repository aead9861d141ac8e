"""Explanations of models, in Chinese."""

CHINESE = {
    "A model folder, runs/NAME/pretrain or finetune/TASK.": (
        "模型文件夹，runs/NAME/pretrain 或 finetune/TASK。"
    ),
    "A text of as many tokens with another answer: what makes the difference?": (
        "词元数相同而回答不同的另一段文本：差别从何而来？"
    ),
    "All heads as a table": "以表格列出所有头",
    "All numbers": "全部数值",
    "All numbers ({unit})": "全部数值（{unit}）",
    "At what": "看向什么",
    "Attention": "注意力",
    "Attention followed through all layers.": "沿所有层逐层传递的注意力。",
    "Attention of the last layer": "最后一层的注意力",
    "Attention rollout": "注意力展开",
    (
        "Behind each layer the state goes straight to the head, as if the layers above were "
        "not there. States of early layers were never meant to be read so."
    ): (
        "在每一层之后，仿佛上面各层不存在那样把状态直接交给任务头。较低层的状态本来就不是为这"
        "样读取而训练的。"
    ),
    (
        "Behind each layer the state is read as if the layers above were not there. Each cell"
        " shows the most probable token, tinted by its probability; a frame marks the one "
        "that really follows. States of early layers were never meant to be read so."
    ): (
        "在每一层之后，仿佛上面各层不存在那样直接读出状态。每格显示最可能的词元，底色深浅表示"
        "概率；加框的是后面真正出现的词元。较低层的状态本来就不是为这样读取而训练的。"
    ),
    (
        "Blue speaks for the answer, red against it; point at a token for its number. Methods"
        " need not agree. Which of them names the tokens that matter to this model, only the "
        "deletion test says."
    ): (
        "蓝色支持这个回答，红色反对；指向词元可看到数值。各种方法不必一致。哪一种指出的才是对"
        "这个模型真正重要的词元，只有删除检验能说明。"
    ),
    "Change of the answer's score ({unit})": "回答得分的变化（{unit}）",
    "Change words for others of as many tokens.": "请换成词元数相同的词。",
    "Choose what is explained with --label.": "请用 --label 选择要解释的内容。",
    "Column of the labels.": "标注所在的列。",
    "Decoder": "解码器",
    "Decoder over encoder": "解码器对编码器",
    "Direct contributions": "直接贡献",
    (
        "Each picture is a head: a row for each token that looks, a column for each that is "
        "looked at. Choose a head, then a token. Attention shows what is mixed, and is no "
        "explanation by itself: other weights may give the same answer."
    ): (
        "每幅小图是一个头：每行是一个在看的词元，每列是一个被看的词元。先选一个头，再选一个词"
        "元。注意力只说明混合了什么，本身并不是解释：换一组权重也可能得到同样的回答。"
    ),
    "Encoder": "编码器",
    "Give one of its words, or a number from 1 to {count}.": (
        "请给出句中的一个词，或 1 到 {count} 之间的序号。"
    ),
    "Give words of the passage as they stand there.": "请按段落中的原样给出词语。",
    "Gradient × input": "梯度×输入",
    "Head ablation": "关闭注意力头",
    "Heads give: zero, or their mean over the text.": (
        "关闭的头输出：zero（零）或 mean（它在文本上的均值）。"
    ),
    "How far to trust it": "可以相信到什么程度",
    "How the score would change if the embedding shrank a little.": (
        "词向量略微缩小时，得分会怎样变化。"
    ),
    "Integrated gradients": "积分梯度",
    "Labelled texts (or words and tags): what can be read off each layer?": (
        "带标注的文本（或词与标签）：从每一层能读出什么？"
    ),
    "Logit lens": "logit 透镜",
    "Not every model can be explained in every way.": "并非每个模型都能用每种方式解释。",
    "Occlusion": "遮挡",
    "Of the page: en or zh; else the reader's.": "网页的语言：en 或 zh；不给则用读者的语言。",
    (
        "On {count} texts the most attributed {shares} of the tokens were taken away, and as "
        "many random ones, {draws} times. A method deserves trust only where the answer's "
        "probability falls further than at random. Intervals are 95%, over texts."
    ): (
        "在 {count} 段文本上，先去掉归因最高的 {shares} 词元，再随机去掉同样多的词元，重复 {d"
        "raws} 次。只有当回答的概率比随机去掉时下降更多，这种方法才值得相信。区间为 95%，按文"
        "本计算。"
    ),
    (
        "One head at a time gives {how}, and everything else stays. A head that changes "
        "nothing alone may be one of two that do the same."
    ): "每次让一个头只输出{how}，其余不变。单独关闭时毫无影响的头，可能与另一个头作用相同。",
    "Over {count} texts": "在 {count} 段文本上",
    "Probe it by labels of whole texts.": "请用整段文本的标注来探测它。",
    (
        "Separated by commas: integrated_gradients, gradient_x_input, smooth_gradient, "
        "occlusion, attention, attention_rollout."
    ): (
        "以逗号分隔：integrated_gradients、gradient_x_input、smooth_gradient、occlusion、atte"
        "ntion、attention_rollout。"
    ),
    "Smoothed gradient × input": "平滑的梯度×输入",
    "Texts for the deletion test of every method, and for what each head does.": (
        "用来对每种方法做删除检验、并测量每个头作用的文本。"
    ),
    "Texts that are read from a file at most.": "最多从文件中读取多少段文本。",
    "The class or tag; else the one that the model gives.": "类别或标签；不给则取模型给出的那个。",
    "The continuation, target, filler or span; else what the model says.": (
        "续写、译文、填空的内容或答案片段；不给则取模型自己的回答。"
    ),
    "The deletion test": "删除检验",
    "The gradient summed over the way from an empty text to this one.": (
        "沿着从空文本到这段文本的路径累加的梯度。"
    ),
    (
        "The last state is a sum of what all heads and layers wrote, and so is the score of "
        "the answer's first token above the mean of all tokens: {logit}. What a part does "
        "through later layers is not in it."
    ): (
        "最后的状态是所有头和所有层写入内容之和，因此回答的第一个词元高出全体词元均值的得分也"
        "是一个和：{logit}。某一部分通过后面各层间接起的作用不在其中。"
    ),
    (
        "The numbers add up to {sum}; the score went from {first} (the baseline) to {last}, "
        "so that {gap} is missing. {steps} steps."
    ): "各数之和为 {sum}；得分从基线的 {first} 变到 {last}，二者相差 {gap}。共 {steps} 步。",
    "The other text of a pair, or the passage of a question.": (
        "文本对中的另一段，或问题所依据的段落。"
    ),
    "The same, as a mean over slightly noisy embeddings.": "同上，但对略加噪声的词向量取平均。",
    "The text whose answer is explained.": "要解释其回答的文本。",
    "Tokens can be left out: delete.": "可以直接去掉词元：delete。",
    "What each head does": "每个头起什么作用",
    "What each layer adds directly": "各层直接贡献了多少",
    "What each layer would say": "每一层会怎么回答",
    "What is left out": "未包含的内容",
    "What the score loses when the token is taken away.": "去掉这个词元后，得分减少多少。",
    "Where the difference of two texts is kept": "两段文本的差别存放在哪里",
    "Where the heads look": "各头看向哪里",
    "Where the last layer looks from where the answer is read.": (
        "最后一层在读取回答的位置上看向哪里。"
    ),
    "Which tokens the answer is owed to": "回答归因于哪些词元",
    "Which word's tag: the word, or its number from 1.": (
        "解释哪个词的标签：写出这个词，或它从 1 起的序号。"
    ),
    (
        "While the model reads the second text, one state at a time is replaced by that of "
        "the first. 0: the answer stays as improbable as after the second text ({other}); 1: "
        "it is as probable as after the first ({clean})."
    ): (
        "模型阅读第二段文本时，每次把一处状态换成第一段文本的状态。0：回答的得分仍和第二段文"
        "本之后一样（{other}）；1：和第一段文本之后一样（{clean}）。"
    ),
    "Who looks": "谁在看",
    "Why a model said what it said: attributions, attention, layers, heads.": (
        "模型为什么这样回答：归因、注意力、各层、各头。"
    ),
    "Why {name} said what it said.": "{name} 为什么这样回答。",
    "Write an HTML page with everything here.": "把全部内容写成一个 HTML 网页。",
    "Written by yanmo (研墨, “grinding ink”) from a model and a text.": (
        "由 yanmo（研墨）根据一个模型和一段文本写成。"
    ),
    "a blank holds one token": "一个空只填一个词元",
    "a convolutional classifier keeps no state for each word": "卷积分类器不为每个词保留状态",
    "a lens shows what else could be said, and this model gives a number": (
        "透镜显示还可能回答什么，而这个模型给出的是一个数"
    ),
    "a model of kind {name} has no attention heads": "{name} 类的模型没有注意力头",
    "a model of kind {name} has no blocks of one width": "{name} 类的模型没有宽度一致的各层",
    "a norm stands behind every layer of this model and mixes what they add": (
        "这个模型每层之后都有归一化，把各层的贡献混在了一起"
    ),
    "a page is written in: {names}": "网页可用的语言：{names}",
    "a plain text has no labels": "纯文本没有标注",
    "a probe needs two labels or more, each {count} times or more": (
        "探针至少需要两种标注，每种至少出现 {count} 次"
    ),
    "a sentence that is tagged has no second text": "标注词的句子没有第二段文本",
    "a text with one blank can be explained": "只能解释恰有一个空的文本",
    "accuracy": "准确率",
    "answer": "答案",
    "answer without it": "没有它时的回答",
    "answers changed": "回答改变的比例",
    "answers changed by {share}": "去掉 {share} 后回答改变的比例",
    "biases of the output": "输出的偏置",
    "both texts lead to the answer alike": "两段文本得到这个回答的程度一样",
    "change of the loss (nats)": "损失的变化（纳特）",
    "continuation": "续写",
    "control task": "对照任务",
    "deletion test": "删除检验",
    "divergence (nats)": "散度（纳特）",
    "drop with them alone": "只留这些词元时的下降",
    "drop without the top tokens": "去掉最重要词元后的下降",
    "embedding": "词向量",
    "embeddings": "词向量",
    "entropy (nats)": "熵（纳特）",
    "filler of the blank": "填空",
    "give a text with -p, or a file with --probe": (
        "请用 -p 给出一段文本，或用 --probe 给出一个文件"
    ),
    "given": "由提问者给定",
    "gradients are attributed by captum, which is not installed": (
        "梯度归因由 captum 计算，而它没有安装"
    ),
    "head": "头",
    "heads": "各头",
    "heads are switched off by: {names}": "关闭注意力头的方式有：{names}",
    "interval": "区间",
    "it has no token, or was cut off": "它没有词元，或已被截掉",
    "it has {count} tokens, the model reads {limit}": "它有 {count} 个词元，模型最多读 {limit} 个",
    "its mean over the text": "它在文本上的均值",
    "layer": "层",
    "layer {layer}": "第 {layer} 层",
    "layer {layer}, bias of attention": "第 {layer} 层，注意力的偏置",
    "layer {layer}, feed-forward": "第 {layer} 层，前馈",
    "layer {layer}, head {head}": "第 {layer} 层第 {head} 头",
    "layers": "各层",
    "left out": "未包含",
    "less than at random": "比随机少",
    "log-odds": "对数几率",
    "log-probability": "对数概率",
    "method": "方法",
    "more than at random": "比随机多",
    "most probable": "最可能的",
    "next token": "下一个词元",
    "no better than chance in the deletion test": "在删除检验中不比随机好",
    "no text has two tokens that can be removed": "没有一段文本含有两个可以移除的词元",
    "only the scores of a decoder's tokens are sums of what its layers add": (
        "只有解码器对词元的得分才是各层贡献之和"
    ),
    "over embeddings": "超出词向量",
    "passes the deletion test": "通过删除检验",
    "probability": "概率",
    "probability {share}": "概率 {share}",
    "probes are printed, not written as a page": "探针的结果只打印，不写成网页",
    "random tokens": "随机词元",
    "selectivity": "选择性",
    "sentence {number} has not one label for each word": "第 {number} 句并非每个词都有一个标注",
    "tag": "标签",
    "texts": "段文本",
    "the answer has no tokens": "回答中没有词元",
    "the answer is longer than the model reads": "回答比模型能读的还长",
    "the answer is not one token: {text}": "回答不是单个词元：{text}",
    "the model does not see the word {word}": "模型看不到词 {word}",
    "the model has no label {label}": "模型没有标签 {label}",
    "the model reads {limit}": "模型最多读 {limit} 个",
    "the model's tokenizer has no token for: {name}": "模型的分词器没有这种词元：{name}",
    "the passage does not hold the answer: {text}": "段落中没有这个答案：{text}",
    "the passage has no tokens": "段落中没有词元",
    "the rarest is {name}: {count}": "最少的是 {name}：{count} 次",
    "the sentence has no word that the model sees": "句子里没有模型能看到的词",
    "the sentence has no word {word}": "句子里没有词 {word}",
    "the text has {count} tokens": "文本有 {count} 个词元",
    "the two texts are asked for different answers": "对两段文本所问的回答不同",
    "the two texts have different numbers of tokens": "两段文本的词元数不同",
    "there are no texts": "没有文本",
    "there is no method '{name}'": "没有名为“{name}”的方法",
    "this model has no head: it takes no {option}": "这个模型没有任务头，不接受 {option}",
    "this model has no heads to choose from": "这个模型没有可选的任务头",
    "this model tags no words": "这个模型不标注词",
    "token": "词元",
    "value": "数值",
    "what the model says by itself": "模型自己的回答",
    "worse than chance in the deletion test": "在删除检验中比随机还差",
    "written: {path}": "已写入：{path}",
    "zero": "零",
    "{count} tokens of the text did not fit into the model and are left out.": (
        "文本中有 {count} 个词元超出模型的长度，未被读入。"
    ),
    "{count} {units}, {folds} folds; the most frequent of {labels} labels: {share}": (
        "{count} {units}，{folds} 折；{labels} 种标注中最常见的占 {share}"
    ),
    "{first} and {second}": "{first} 和 {second}",
    "{name} explained": "{name} 的解释",
    "{target}: rank {rank}, {probability}": "{target}：第 {rank} 名，{probability}",
    "{unit} {score}": "{unit} {score}",
    "{what}: {done:,} of {count:,}": "{what}：{done:,}/{count:,}",
}
