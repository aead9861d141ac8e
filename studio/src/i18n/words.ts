/** The shape of a dictionary: what Chinese must have because English has it. */

/** The same keys, each a text or a function of the same arguments that makes one. */
export type WordsOf<T> = {
  readonly [K in keyof T]: T[K] extends (...values: infer A) => string
    ? (...values: A) => string
    : T[K] extends string
      ? string
      : WordsOf<T[K]>;
};
