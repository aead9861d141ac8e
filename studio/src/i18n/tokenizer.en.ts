/** Words of the page Tokenizer. */
export const tokenizer = {
  title: "Tokenizer",
};
