/** “运行”页的文字。 */
import type { runs as english } from "./runs.en";
import type { WordsOf } from "./words";

export const runs: WordsOf<typeof english> = {
  title: "运行",
};
