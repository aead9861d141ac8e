/** Texts to try a tokenizer on; texts of ours, in several ways of writing. */
export const SAMPLES = {
  english:
    "Grinding ink takes patience: a little water, a steady hand, and about 20 minutes.\nThe brush won't wait, though.",
  chinese: "研墨要有耐心：水要少，手要稳，大约二十分钟。\n笔可不等人。",
  mixed:
    "A model reads tokens, not letters: “tokenization” may be three, 分词 may be one — or six bytes. 🙂",
  code: "def grind(water: float = 0.5) -> Ink:\n\tfor turn in range(20):\n\t\tpress(turn, water)  # 慢慢来\n\treturn Ink()",
  rare: "龘龖䨻 𠮷野家 naïve façade ﷽ 👩‍💻🏳️‍🌈 ①②",
} as const;

export type SampleName = keyof typeof SAMPLES;
