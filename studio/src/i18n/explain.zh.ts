/** 解释页的文字。 */
import type { explain as en } from "./explain.en";
import type { WordsOf } from "./words";

export const explain: WordsOf<typeof en> = {
  title: "解释",
  question: "提问",
  text: "文本",
  textPlaceholder: "输入一段文本，将解释模型的下一个词元或它给出的标签。",
  blankPlaceholder: "输入一段文本，其中用 ____ 标出让模型填的一处空",
  second: "第二段文本",
  secondPlaceholder: "文本对中的第二段，或问题所依据的段落",
  addSecond: "第二段文本",
  model: "模型",
  label: "标签",
  ownAnswer: "模型给出的",
  answer: "要解释的回答",
  answerPlaceholder: "要解释的回答；留空则解释模型自己的回答",
  explain: "解释",
  nothingAsked: "给模型一段文本",
  nothingAskedHint:
    "随后可以看到：回答取决于哪些词元、每个注意力头在看什么、每一层会怎样作答，以及关掉某个头会有什么变化。",
  theAnswer: "回答",
  answerFound: "模型的回答",
  answerGiven: "所解释的回答",
  answerTold: (probability, score, unit) =>
    `${probability} · ${unit === "log_odds" ? "对数几率" : "对数概率"} ${score}`,
  cut: (count) => `有 ${count} 个词元放不下，未被读取`,
  views: "观察方式",
  viewNames: {
    attribution: "归因",
    attention: "注意力",
    lens: "Logit 透镜",
    heads: "关闭注意力头",
  },
  guides: {
    attribution:
      "每个词元对回答得分的贡献。它说明这个回答依据了什么，但“没有这个词元”的含义由方法决定：不同方法结论不同，看上去合理的图也可能是错的。因此旁边给出删除检验：删去该方法指出的词元，看回答受到的影响是否大于随机删除。它不说明模型如何计算，也不说明换一段文本会怎样。",
    attention:
      "每个头中，每个词元以多大的权重读取其他词元。它显示习惯（看前一个词元、看开头、看自己）以及信息可能的流向，但不说明流过的是什么，也不说明回答是否依赖它：图样醒目的头，关掉后可能毫无变化。可以在“关闭注意力头”中试一试。",
    lens: "假如模型到此层为止，它会说什么：用最后的归一化和输出投影去读每一层的状态。它显示回答在何处成形、有哪些竞争者。低层不一定用输出层能读懂的方式记录信息，所以某一行读不通，并不表示那里什么都不知道。",
    heads:
      "让注意力头不起作用时的变化。这些数字是实测的因果效应：关掉该头后的得分减去关掉前的得分，只对这段文本成立。能互相替代的头逐个看都显得无用；从未缺少过某个头的模型，缺了它之后的失误也未必说明它的用途。",
  },
  method: "方法",
  methodOf: (name) => METHODS[name] ?? name,
  tokenScore: (text, score) => `${text}：${score}`,
  signedLegend: "蓝色支持该回答，红色反对。",
  shareLegend: "这是关注的份额，不表示支持或反对。",
  gap: (value) => `未解释的余量 ${value}`,
  notTestable: "文本词元太少，无法做删除检验：没有依据判断这里是否可信。",
  verdicts: { passes: "删除检验：通过", undecided: "删除检验：未定", fails: "删除检验：未通过" },
  trustTold: (own, random, isRise) =>
    `删去它指出的词元，回答的概率平均${isRise ? "上升" : "下降"} ${own}；随机删除时变化 ${random}。仅就这段文本而言。`,
  part: "注意力",
  parts: { self: "自身", encoder: "编码器", decoder: "解码器", cross: "解码器看编码器" },
  allHeads: "所有注意力头",
  layer: "层",
  layerShort: (layer) => `L${layer}`,
  headName: (layer, head) => `第 ${layer} 层第 ${head} 头`,
  habits: {
    first: (share) => `主要看第一个词元（${share}%）。`,
    itself: (share) => `主要看词元自身（${share}%）。`,
    before: (share) => `主要看前一个词元（${share}%）。`,
    spread: () => "没有固定看的位置。",
  },
  lookingFrom: (text) => `“${text}”在看什么；点选其他词元可从那里看。`,
  looksAt: (query, key, share) => `“${query}”看“${key}”：${share}`,
  matrixHint: "行看列。指向一格，或用方向键移动。",
  matrixLabel: "一个注意力头的权重；用方向键在格子间移动",
  embeddings: "嵌入",
  wholeText: "整段文本",
  lensPlace: (layer, token) => (token === "" ? `层 ${layer}` : `层 ${layer}，“${token}”之后`),
  lensTarget: (text, probability, rank) => `“${text}”：${probability}，排第 ${rank}`,
  lensEntropy: (value) => `熵 ${value} 纳特`,
  offMeans: "关闭的头输出",
  offModes: { zero: "零", mean: "它的均值" },
  allOn: "全部恢复",
  withoutTitle: "关闭这些头之后",
  withoutHint: "在左侧选择要关闭的头。",
  headEffect: (head, change) => `关闭${head}：得分 ${change}`,
  effectLegend:
    "关闭该头后回答得分的变化。蓝色：该头有帮助。红色：该头起反作用。加框：换了另一个回答。",
  fromTo: (before, after) => `${before} → ${after}`,
  scoreFromTo: (before, after) => `回答的得分由 ${before} 变为 ${after}。`,
  divergence: (value) => `两个分布相距 ${value} 纳特（KL 散度）。`,
};

const METHODS: Readonly<Record<string, string>> = {
  integrated_gradients: "积分梯度",
  gradient_x_input: "梯度×输入",
  smooth_gradient: "平滑梯度",
  occlusion: "消融",
  attention: "末层注意力",
  attention_rollout: "注意力展开",
};
