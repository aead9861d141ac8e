"""The Chinese wording of the worked examples that `yanmo math` prints."""

CHINESE: dict[str, str] = {
    # the command
    "Worked examples of what a model computes, with every number.": (
        "手算示例：模型算了什么，每个数都列出。"
    ),
    "One example only, such as attention.": "只看一个示例，例如 attention。",
    "there is no example '{name}'": "没有 '{name}' 这个示例",
    "Often written instead: {mistake}": "常见的写错：{mistake}",
    # embedding
    "an embedding is a row of a table": "词嵌入就是表里的一行",
    "A table for 3 tokens of width 2: V x d, one row a token.": (
        "3 个词元、宽度为 2 的表：V x d，每个词元一行。"
    ),
    "Token 1 as a one-hot vector.": "词元 1 写成独热向量。",
    "Times the table: row 1.": "乘以这张表，得到第 1 行（从 0 数起）。",
    "Looking the row up is the same, without multiplying.": "直接查这一行，结果相同，不用做乘法。",
    "W x with tokens in the rows of W: the shapes do not fit. A row belongs to a token; a "
    "column is one feature of all tokens.": (
        "W 的行是词元，却写成 W x：形状对不上。一行属于一个词元；一列是所有词元的同一个特征。"
    ),
    # softmax
    "the softmax, which makes probabilities of any scores": "softmax 把任意分数变成概率",
    "Scores, any numbers.": "分数，可以是任何数。",
    "Each is raised above e: exp(x).": "分别取 e 的幂：exp(x)。",
    "Divided by their sum, they add up to 1.": "除以它们的和，加起来就是 1。",
    "With 1000 added to each, exp(x) is infinite in every number format.": (
        "每个数加上 1000，exp(x) 在任何浮点格式里都是无穷大。"
    ),
    "Take the largest away first: exp(x - max x) over its sum is the same.": (
        "先减去最大的数：exp(x - max x) 除以它的和，结果不变。"
    ),
    "x divided by the sum of x, without exponentials. Here that gives 0.25, 0, 0.5, 0, "
    "0.25: some keys get no weight at all, and negative scores negative probabilities.": (
        "不取指数，直接用 x 除以 x 之和。这里会得到 0.25、0、0.5、0、0.25："
        "有的键一点权重也没有，而负的分数会得到负的概率。"
    ),
    # attention
    "scaled dot-product attention over five tokens": "五个词元上的缩放点积注意力",
    "Five tokens, one row each, of width 5.": "五个词元，每个一行，宽度为 5。",
    "One matrix for queries, keys and values, to keep it short.": (
        "为求简短，查询、键和值用同一个矩阵。"
    ),
    "Queries, keys and values: Q = K = V = X W. W mixes what is in one token.": (
        "查询、键和值：Q = K = V = X W。W 只混合同一个词元内部的特征。"
    ),
    "Each query with each key: Q K^T, 5 x 5.": "每个查询与每个键的内积：Q K^T，5 x 5。",
    "Divided by the square root of the width 5.": "除以宽度 5 的平方根。",
    "The softmax of each row: how much a token takes from each.": (
        "逐行做 softmax：一个词元从每个词元取多少。"
    ),
    "Every row adds up to 1.": "每行之和为 1。",
    "A V: one context vector for each token.": "A V：每个词元一个上下文向量。",
    "W X, which adds up different tokens before attention has said which; Q K^T of five "
    "tokens printed 3 x 3; no square root; one context vector, the sum over all tokens.": (
        "写成 W X，注意力还没决定看谁，就先把不同的词元加在一起；五个词元的 Q K^T 印成 3 x 3；"
        "漏掉平方根；把所有词元加成一个上下文向量。"
    ),
    # heads
    "two heads, each over all tokens and half of the width": ("两个头，各看全部词元，各占一半宽度"),
    "Five tokens of width 4.": "五个宽度为 4 的词元。",
    "Head 1 has columns 1 and 2 of Q, K and V (here all X): width 4 / 2 = 2.": (
        "头 1 用 Q、K、V（这里都等于 X）的第 1、2 列：宽度 4 / 2 = 2。"
    ),
    "Its weights, over all five tokens.": "它在全部五个词元上的权重。",
    "Head 2 has columns 3 and 4.": "头 2 用第 3、4 列。",
    "Its weights are its own.": "它有自己的权重。",
    "Both results side by side; W_O, here 1, would mix them.": (
        "两个结果并排放在一起；W_O（这里是单位矩阵）负责混合它们。"
    ),
    "that heads divide the sequence into sub-sequences: every head sees every token. And "
    "two heads with equal weights compute the same twice.": (
        "说多头把序列切成子序列：其实每个头都看到每个词元。两个头的权重若相同，只是把同一件事算两遍。"
    ),
    # positions
    "sinusoidal positions": "正弦位置编码",
    "Width 4: two angles a position, p and p / 100.": ("宽度为 4：每个位置两个角，p 和 p / 100。"),
    "Sine and cosine of each angle in turn, one row a position.": (
        "每个角依次取正弦、余弦，每个位置一行。"
    ),
    "The vectors of positions k and k + 1 have the same product for every k.": (
        "位置 k 与 k + 1 的向量，内积对每个 k 都一样。"
    ),
    "Sine plus cosine would be one number a position.": "正弦加余弦，每个位置就只剩一个数。",
    "sin(p / a) + cos(p / b), which cannot tell its parts apart again. And BERT does not "
    "use sines: it learns a vector for each position.": (
        "写成 sin(p / a) + cos(p / b)，加在一起就分不开了。另外，BERT 不用正弦，"
        "它为每个位置学习一个向量。"
    ),
    # block
    "a pre-norm block: what each branch finds is added": "前置归一化的块：每个分支的结果都加回去",
    "One token.": "一个词元。",
    "Layer norm: minus the mean 2.5, over the deviation.": "层归一化：减去均值 2.5，除以标准差。",
    "A single token attends to itself; with projections of 1 that is LN x.": (
        "只有一个词元，只能看自己；投影都是单位矩阵时，结果就是 LN x。"
    ),
    "Added to x.": "加到 x 上。",
    "The second norm.": "第二次归一化。",
    "The feed-forward branch, here a ReLU, is added too.": (
        "前馈分支（这里只用一个 ReLU）的结果也加上去。"
    ),
    "What the wrong formula would give.": "按错误的公式会得到什么。",
    "MLP(X + LN(attention(X))): the norm stands after attention and not before, there is "
    "one norm for two branches, and nothing is added to what the MLP returns.": (
        "MLP(X + LN(attention(X)))：归一化放在注意力之后而不是之前，两个分支只有一次归一化，"
        "MLP 的输出也没有加回输入。"
    ),
    # feed-forward
    "the feed-forward layer, at each position alone": "前馈层，逐个位置单独计算",
    "Five positions of width 2.": "五个位置，宽度为 2。",
    "W1 is 1, b1 is 1: X W1 + b1.": "W1 是单位矩阵，b1 全是 1：X W1 + b1。",
    "ReLU: max(x + 1, 0).": "ReLU：max(x + 1, 0)。",
    "W2 is all ones, b2 is 1: H W2 + b2.": "W2 全是 1，b2 全是 1：H W2 + b2。",
    "max(x, 0), which forgets b1: the first position would come to 2 and not to 3. And a "
    "5 x 1 column of tokens does not multiply a 2 x 2 matrix: X is 5 x 2.": (
        "写成 max(x, 0)，忘了 b1：第一个位置会得到 2 而不是 3。另外，5 x 1 的一列词元"
        "不能乘 2 x 2 的矩阵：X 是 5 x 2。"
    ),
    # network
    "a feed-forward language model of two words": "两个词的前馈语言模型",
    'The word "Hello"; the word to predict is "World", the second.': (
        "输入“Hello”；要预测的是第二个词“World”。"
    ),
    "Hidden layer of three: W_h is 3 x 2, ReLU(W_h x).": (
        "三个单元的隐藏层：W_h 是 3 x 2，ReLU(W_h x)。"
    ),
    "Output of two: W_k is 2 x 3, z = W_k h.": "两个输出：W_k 是 2 x 3，z = W_k h。",
    "The softmax makes probabilities of the scores.": "softmax 把分数变成概率。",
    "Cross-entropy: -ln p of the true word.": "交叉熵：真实词的 -ln p。",
    "Its slope by the scores: p minus one-hot.": "它对分数的导数：p 减去独热向量。",
    "By W_k: dz times h, a 2 x 3 matrix.": "对 W_k 的导数：dz 乘 h，2 x 3 的矩阵。",
    "W_k minus 0.1 of it; the loss is smaller.": "W_k 减去它的 0.1 倍；损失变小了。",
    "W_k of 2 x 2 after three hidden units; the cross-entropy of scores that no softmax "
    "has made probabilities; two words at once where the network has room for one.": (
        "三个隐藏单元后面却用 2 x 2 的 W_k；没有做 softmax 就对分数求交叉熵；"
        "网络一次只放得下一个词，却同时输入两个词。"
    ),
    # losses
    "the cross-entropy of two classes": "两个类别的交叉熵",
    "The input.": "输入。",
    "Hidden layer: ReLU(W1 x + b1).": "隐藏层：ReLU(W1 x + b1)。",
    "Scores: W2 h + b2, without ReLU.": "分数：W2 h + b2，不做 ReLU。",
    "Probabilities: the softmax of the scores.": "概率：对分数做 softmax。",
    "If class 1 is true: -ln p1.": "若真实类别是 1：-ln p1。",
    "If class 2 is true: -ln p2.": "若真实类别是 2：-ln p2。",
    "Even -ln(e^1.4 / (e^1.5 + e^1.7)) is positive.": (
        "就连 -ln(e^1.4 / (e^1.5 + e^1.7)) 也是正的。"
    ),
    "h = (0.8, 1.0) and a loss of -0.415. A probability is at most 1, so its logarithm is "
    "never positive and a cross-entropy never negative. And a ReLU on the scores would "
    "make all negative ones equal.": (
        "h = (0.8, 1.0)，损失为 -0.415。概率不超过 1，它的对数不会是正数，所以交叉熵不会是负数。"
        "另外，对分数做 ReLU 会把所有负的分数变得一样。"
    ),
    "what the first loss of a training run must be": "训练开始时的损失应该是多少",
    "A new model finds V tokens equally probable: 1 / V each.": (
        "新模型认为 V 个词元机会均等：每个 1 / V。"
    ),
    "So its loss is ln V, in nats.": "所以损失是 ln V，单位是奈特。",
    "In bits: over ln 2.": "以比特计：再除以 ln 2。",
    "The perplexity, e to the loss, is V: as if guessing among V.": (
        "困惑度是 e 的损失次幂，等于 V：好比在 V 个里面猜。"
    ),
    "a language model whose loss begins at 2.3026. That is ln 10, the loss of a classifier "
    "of ten digits; a model with 8192 tokens begins near 9.01.": (
        "语言模型的损失从 2.3026 开始。那是 ln 10，是十个数字的分类器的损失；"
        "8192 个词元的模型大约从 9.01 开始。"
    ),
}
