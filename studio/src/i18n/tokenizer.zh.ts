/** “分词器”页的文字。 */
import type { tokenizer as english } from "./tokenizer.en";
import type { WordsOf } from "./words";

export const tokenizer: WordsOf<typeof english> = {
  title: "分词器",
};
