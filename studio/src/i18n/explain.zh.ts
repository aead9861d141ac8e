/** “解释”页的文字。 */
import type { explain as english } from "./explain.en";
import type { WordsOf } from "./words";

export const explain: WordsOf<typeof english> = {
  title: "解释",
};
