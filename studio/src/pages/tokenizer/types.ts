/** What the server tells of tokenizers. */
export interface TokenizerName {
  readonly path: string;
  readonly is_run: boolean;
}

export interface Token {
  readonly id: number;
  readonly spelling: string;
  /** Hexadecimal, parted by spaces; null where the tokenizer does not say. */
  readonly bytes: string | null;
  readonly is_special: boolean;
}

export interface Group {
  readonly text: string;
  readonly tokens: readonly Token[];
}

export interface Encoded {
  readonly groups: readonly Group[];
  readonly num_tokens: number;
  readonly characters: number;
  readonly bytes: number;
}

export interface Facts {
  readonly path: string;
  readonly algorithm: string;
  readonly vocab_size: number;
  readonly num_specials: number;
}

export interface LanguageCount {
  readonly language: string;
  readonly documents: number;
  readonly characters: number;
  readonly bytes: number;
  readonly tokens: readonly number[];
}

export interface Entries {
  readonly entries: readonly Token[];
  readonly total: number;
}

export interface Tree {
  readonly piece: string;
  readonly id: number | null;
  readonly rank: number | null;
  readonly parts: readonly Tree[];
}

export interface Merges {
  readonly token: Token;
  readonly algorithm: string;
  readonly trees: readonly Tree[] | null;
}
