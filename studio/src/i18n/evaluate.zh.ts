/** “评测”页的文字。 */
import type { evaluate as english } from "./evaluate.en";
import type { WordsOf } from "./words";

export const evaluate: WordsOf<typeof english> = {
  title: "评测",
};
