/** All words of this language, page by page. */
import { chat } from "./chat.zh";
import { data } from "./data.zh";
import { evaluate } from "./evaluate.zh";
import { explain } from "./explain.zh";
import { newRun } from "./new.zh";
import { run } from "./run.zh";
import { runs } from "./runs.zh";
import { shell } from "./shell.zh";
import { tokenizer } from "./tokenizer.zh";

export const zh = { shell, runs, run, newRun, data, tokenizer, chat, explain, evaluate };
