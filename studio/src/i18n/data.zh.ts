/** “数据”页的文字。 */
import type { data as english } from "./data.en";
import type { WordsOf } from "./words";

export const data: WordsOf<typeof english> = {
  title: "数据",
};
