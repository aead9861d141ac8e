/** “对话”页的文字。 */
import type { chat as english } from "./chat.en";
import type { WordsOf } from "./words";

export const chat: WordsOf<typeof english> = {
  title: "对话",
};
