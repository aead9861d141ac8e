/** “单次运行”页的文字。 */
import type { run as english } from "./run.en";
import type { WordsOf } from "./words";

export const run: WordsOf<typeof english> = {
  title: "单次运行",
};
