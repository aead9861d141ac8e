"""Chinese messages about model families: what they are, learn, fill and write."""

CHINESE: dict[str, str] = {
    # families
    "decoder: RMSNorm, SwiGLU, grouped heads, QK-norm, rotary positions": (
        "解码器：RMSNorm、SwiGLU、分组注意力头、QK 归一化、旋转位置"
    ),
    "decoder: RMSNorm, SwiGLU, grouped heads, rotary positions": (
        "解码器：RMSNorm、SwiGLU、分组注意力头、旋转位置"
    ),
    "decoder: LayerNorm, GELU, learned positions": "解码器：LayerNorm、GELU、学出来的位置",
    "decoder: qwen3 with a mixture of experts in every block": (
        "解码器：每个块都用混合专家的 qwen3"
    ),
    "decoder whose norms, positions and feed-forward are yours to set": (
        "解码器：归一化、位置与前馈层都由您设定"
    ),
    "decoder that fills blanks: two-dimensional positions, a prefix seen whole": (
        "能填空的解码器：二维位置，前缀双向可见"
    ),
    "encoder: learned positions, segments, a pooler, norms after the sums": (
        "编码器：学出来的位置、片段、pooler，先相加后归一化"
    ),
    "encoder: bert without segments and next sentences": "编码器：没有片段与下一句预测的 bert",
    "encoder-decoder: relative positions, RMSNorm, no biases": (
        "编码器—解码器：相对位置、RMSNorm、没有偏置"
    ),
    "encoder-decoder: the first Transformer, sinusoidal positions, ReLU": (
        "编码器—解码器：最初的 Transformer，正弦位置、ReLU"
    ),
    "recurrent, plain": "循环网络，最简单的一种",
    "recurrent with a long short-term memory": "循环网络，带长短期记忆",
    "recurrent with gated units": "循环网络，带门控单元",
    "causal convolutions with gated linear units": "带门控线性单元的因果卷积",
    "feed-forward over a few embeddings side by side": "把几个词嵌入并排送入的前馈网络",
    "encoder-decoder, recurrent, plain": "编码器—解码器，循环网络，最简单的一种",
    "encoder-decoder, recurrent, with a long short-term memory": (
        "编码器—解码器，循环网络，带长短期记忆"
    ),
    "encoder-decoder, recurrent, with gated units": "编码器—解码器，循环网络，带门控单元",
    # objectives
    "the next token": "下一个词元",
    "hidden tokens, and whether sentences follow each other": "被遮住的词元，以及两句是否相连",
    "spans that were cut out of a text": "从文本中挖去的片段",
    "spans, from a text that is seen whole": "挖去的片段，其余文本双向可见",
    "the next token after a beginning that is seen whole": "下一个词元，开头双向可见",
    "the next token, and the middle between a beginning and an end": (
        "下一个词元，以及首尾之间的中段"
    ),
    "a target from a source": "由源文本写出目标文本",
    # shapes
    "{field} has no effect in {family}; it belongs to {families}": (
        "{field} 在 {family} 中不起作用；它属于 {families}"
    ),
    "{family} does not group heads: num_kv_heads = {kv_heads} must be num_heads = {heads}": (
        "{family} 不把头分组：num_kv_heads = {kv_heads} 必须等于 num_heads = {heads}"
    ),
    "in {family} num_heads = {heads} times head_dim = {width} must be d_model = {d_model}": (
        "在 {family} 中，num_heads = {heads} 乘以 head_dim = {width} 必须等于 d_model = {d_model}"
    ),
    "num_active_experts = {active} is not between 1 and num_experts = {experts}": (
        "num_active_experts = {active} 不在 1 与 num_experts = {experts} 之间"
    ),
    "an encoder-decoder needs num_decoder_layers": "编码器—解码器需要 num_decoder_layers",
    "rope_theta and rope_scaling need rotary positions": (
        "rope_theta 与 rope_scaling 需要旋转位置"
    ),
    "8/3 of d_model over the active experts, to a multiple of 64": (
        "d_model 的 8/3 分给启用的专家，补足为 64 的倍数"
    ),
    # the recipe
    'model.initial_embedding = "word_vectors" means the vectors that this recipe learns, and it'
    " has no section [word_vectors]": (
        "model.initial_embedding = “word_vectors” 指这份配方自己学习的词向量，"
        "而它没有 [word_vectors] 一节"
    ),
    'pretrain.row_order = "contiguous" carries the state of a recurrent model;'
    ' model.family = "{family}" has none': (
        "pretrain.row_order = “contiguous” 会延续循环模型的状态；model.family = “{family}” 没有状态"
    ),
    # running
    "the embedding begins with word vectors: {covered:,} of {tokens:,} tokens are words,"
    " {kept:.0%} of the vectors' variance fits": (
        "词嵌入从词向量开始：{tokens:,} 个词元中有 {covered:,} 个是词，"
        "保留了词向量方差的 {kept:.0%}"
    ),
    "measuring the objective on held-out rows": "正在用留出的数据测量训练目标",
    "the {split} split has nothing to be predicted": "{split} 部分没有可预测的内容",
    "{split} split: {documents:,} {documents:document|documents}, {tokens:,} tokens, {bytes:,}"
    " bytes": ("{split}集：{documents:,} 篇文档，{tokens:,} 个词元，{bytes:,} 字节"),
    "; context {context} tokens, stride {stride}": "；上下文 {context} 个词元，步长 {stride}",
    "; objective {name}": "；训练目标 {name}",
    # writing
    "a {family} model writes no text": "{family} 模型不写文本",
    "It fills blanks: yanmo fill MODEL -p 'The ____ shines.'": (
        "它能填空：yanmo fill 模型文件夹 -p '白日依____尽'"
    ),
    "the source has no tokens": "源文本中没有词元",
    # filling
    "Fill the blanks of a text with a trained model.": "用训练好的模型填写文本中的空。",
    "Text with blanks, each written as ____; '-' reads standard input.": (
        "带空的文本，每个空写作 ____；'-' 表示从标准输入读取。"
    ),
    "Longest filling of one blank.": "一个空最多填多少个词元。",
    "Makes the filling reproducible.": "随机种子，使填空可以重现。",
    "the text has no blank": "文本中没有空",
    "Write a blank as four underscores: ____": "请用四条下划线表示空：____",
    "this model's tokenizer has no tokens for blanks": "这个模型的分词器没有表示空的词元",
    "Masked language models, T5, and models that yanmo has trained, fill blanks.": (
        "能填空的是掩码语言模型、T5，以及 yanmo 训练的模型。"
    ),
    "the text has {blanks} blanks, and the tokenizer has {sentinels} sentinels": (
        "文本有 {blanks} 个空，而分词器只有 {sentinels} 个哨兵词元"
    ),
    "this model fills one blank at a time": "这个模型一次只填一个空",
    "the text has {blanks}": "文本有 {blanks} 个",
    "the text has {length} tokens with its blanks; the model reads {limit}": (
        "文本连同空共有 {length} 个词元；模型最多读 {limit} 个"
    ),
    # what there is
    "a corpus of English and Chinese from all that is read, and a small model": (
        "用读得到的全部来源做一份中英文语料和一个小模型"
    ),
    "Chinese web text, to compare models under one budget": (
        "中文网页文本，用于在同一预算下比较模型"
    ),
    "the demo: Python's own documentation, a few minutes on two CPU cores": (
        "演示：Python 自带的文档，两个 CPU 核上几分钟"
    ),
    "WikiText-2, English, to compare models under one budget": (
        "英文 WikiText-2，用于在同一预算下比较模型"
    ),
    "the documentation that this Python installation carries": "这份 Python 安装自带的文档",
    "files, or folders with everything readable below them": "文件，或文件夹及其下一切可读的内容",
    "texts with their translations, sentence by sentence": "逐句对照的双语文本",
    "questions with answers, alone or about a passage": "问答，独立的或针对一段文字的",
    "instructions with responses, and talk of several turns": "指令与回答，以及多轮对话",
    "posts of social media": "社交媒体帖子",
    "Muon for the linear layers of the blocks, AdamW for the rest": (
        "各块的线性层用 Muon，其余用 AdamW"
    ),
    "AdamW for every parameter": "所有参数都用 AdamW",
    "falls as half a cosine": "按半个余弦下降",
    "falls in a straight line": "直线下降",
    "stays, and falls in a straight line over the last part": "先保持不变，最后一段直线下降",
    "the right one of several continuations, picked by a prompt": (
        "从几个续写中选出对的，用提示提问"
    ),
    "texts, or pairs of texts, into classes: sentiment, topic": (
        "把文本或成对的文本分类：情感、主题等"
    ),
    "instructions and talk, whose answers are learned": "指令与对话，学习其中的回答",
    "names and other words that are marked in a text": "在文本中标出人名、地名等词语",
    "the words that say what a text is about": "说明文本内容的关键词",
    "the better one of two answers": "两个回答中更好的一个",
    "answers that stand in a passage, or that there is none": "在文章中找出答案，或判断没有答案",
    "how alike two texts are, as a number": "用一个数表示两段文本有多相似",
    "recordings into the text that is said": "把录音转成文字",
    "texts into what they say in short": "把文本写成摘要",
    "any text: how well a language model foresees it": "任意文本：语言模型预测得有多准",
    "texts into another language": "把文本译成另一种语言",
}
