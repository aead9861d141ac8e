/** Words of the page Explain. */
export const explain = {
  title: "Explain",
  question: "What is asked",
  text: "Text",
  textPlaceholder: "A text. The model's next token, or its label, is explained.",
  blankPlaceholder: "A text with one ____ that the model fills",
  second: "Second text",
  secondPlaceholder: "The second text of a pair, or the passage of a question",
  addSecond: "Second text",
  model: "Model",
  label: "Label",
  ownAnswer: "what the model says",
  answer: "Answer to be explained",
  answerPlaceholder: "Answer to be explained; empty: what the model says",
  explain: "Explain",
  nothingAsked: "Put a text to a model",
  nothingAskedHint:
    "Then see which tokens its answer owes itself to, what every attention head looks at, what each layer would have said, and what changes without a head.",
  theAnswer: "The answer",
  answerFound: "The model says",
  answerGiven: "Explained",
  answerTold: (probability: string, score: string, unit: string) =>
    `${probability} · ${unit === "log_odds" ? "log-odds" : "log-probability"} ${score}`,
  cut: (count: number) => `${count} tokens did not fit and were not read`,
  views: "Ways to look",
  viewNames: {
    attribution: "Attribution",
    attention: "Attention",
    lens: "Logit lens",
    heads: "Heads off",
  },
  guides: {
    attribution:
      "How much each token adds to the answer's score. It tells what this answer rests on, by one method's idea of “without this token”; methods differ, and a plausible picture can be wrong. So the deletion test stands beside it: it removes the tokens that the method names and looks whether the answer suffers more than without random ones. It does not tell how the model computes, nor what would happen with another text.",
    attention:
      "With what weight each token takes in each other one, head by head. It shows habits (looking at the token before, at the beginning, at itself) and where information can flow. It does not show what flows, nor whether the answer depends on it: a head with a striking picture can be switched off without any change. Try that under “Heads off”.",
    lens: "What the model would say if its layers ended here: the states of every layer read by the last norm and the output projection. It shows where an answer takes shape and which ones compete. Lower layers need not write in the language that the output reads, so an unreadable row does not mean that nothing is known there.",
    heads:
      "What changes when heads say nothing. The numbers are measured causes: the answer's score without the head, less its score with it. They hold for this text. Heads that can stand in for each other look useless one by one, and a model that never had to do without a head may fail in ways that say little about its use.",
  },
  method: "Method",
  methodOf: (name: string) => METHODS[name] ?? name,
  tokenScore: (text: string, score: string) => `${text}: ${score}`,
  signedLegend: "Blue speaks for the answer, red against it.",
  shareLegend: "Shares of what is looked at; they say nothing for or against.",
  gap: (value: string) => `unexplained rest ${value}`,
  notTestable:
    "The text has too few tokens for the deletion test: nothing says whether to trust this.",
  verdicts: {
    passes: "Deletion test: passes",
    undecided: "Deletion test: undecided",
    fails: "Deletion test: fails",
  },
  trustTold: (own: string, random: string, isRise: boolean) =>
    `Without the tokens that it names, the answer's probability ${isRise ? "rises" : "falls"} by ${own} on average; without random ones it changes by ${random}. This text alone.`,
  part: "Attention",
  parts: {
    self: "itself",
    encoder: "Encoder",
    decoder: "Decoder",
    cross: "Decoder over encoder",
  },
  allHeads: "All heads",
  layer: "Layer",
  layerShort: (layer: number) => `L${layer}`,
  headName: (layer: number, head: number) => `Layer ${layer}, head ${head}`,
  habits: {
    first: (share: number) => `Mostly looks at the first token (${share}%).`,
    itself: (share: number) => `Mostly looks at the token itself (${share}%).`,
    before: (share: number) => `Mostly looks at the token before (${share}%).`,
    spread: (_share: number) => "Looks at no one place most of the time.",
  },
  lookingFrom: (text: string) => `What “${text}” looks at; choose another token to look from it.`,
  looksAt: (query: string, key: string, share: string) => `“${query}” looks at “${key}”: ${share}`,
  matrixHint: "Rows look at columns. Point at a cell, or walk with the arrow keys.",
  matrixLabel: "Attention of one head; arrow keys walk over its cells",
  embeddings: "embeddings",
  wholeText: "whole text",
  lensPlace: (layer: string, token: string) =>
    token === "" ? `Layer ${layer}` : `Layer ${layer}, after “${token}”`,
  lensTarget: (text: string, probability: string, rank: number) =>
    `“${text}”: ${probability}, place ${rank}`,
  lensEntropy: (value: string) => `Entropy ${value} nats`,
  offMeans: "A head that is off gives",
  offModes: { zero: "Nothing (0)", mean: "Its mean" },
  allOn: "All on again",
  withoutTitle: "Without these heads",
  withoutHint: "Choose heads on the left to switch them off.",
  headEffect: (head: string, change: string) => `${head} off: score ${change}`,
  effectLegend:
    "Change of the answer's score without the head. Blue: the head helps. Red: it hinders. Framed: another answer wins.",
  fromTo: (before: string, after: string) => `${before} → ${after}`,
  scoreFromTo: (before: string, after: string) =>
    `The answer's score goes from ${before} to ${after}.`,
  divergence: (value: string) => `The distributions are ${value} nats apart (KL divergence).`,
};

const METHODS: Readonly<Record<string, string>> = {
  integrated_gradients: "Integrated gradients",
  gradient_x_input: "Gradient × input",
  smooth_gradient: "Smoothed gradient",
  occlusion: "Ablation",
  attention: "Last attention",
  attention_rollout: "Attention rollout",
};
