/** All words of this language, page by page. */
import { chat } from "./chat.en";
import { data } from "./data.en";
import { evaluate } from "./evaluate.en";
import { explain } from "./explain.en";
import { newRun } from "./new.en";
import { run } from "./run.en";
import { runs } from "./runs.en";
import { shell } from "./shell.en";
import { tokenizer } from "./tokenizer.en";

export const en = { shell, runs, run, newRun, data, tokenizer, chat, explain, evaluate };
