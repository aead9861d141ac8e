/** “新建运行”页的文字。 */
import type { newRun as english } from "./new.en";
import type { WordsOf } from "./words";

export const newRun: WordsOf<typeof english> = {
  title: "新建运行",
};
