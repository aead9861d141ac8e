/** What tokenizers are called. */

/** `RUN` for the tokenizer of a run, else the folder of the model. */
export function nameOf(path: string): string {
  return path.replace(/\/(tokenizer|model)$/, "");
}
