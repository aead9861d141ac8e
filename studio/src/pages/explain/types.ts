/** What the server tells of a text that was put to a model. */

export interface TextToken {
  readonly id: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly is_special: boolean;
  readonly part: "text" | "second" | "source" | "target" | "answer";
}

export interface Answer {
  readonly kind: string;
  readonly text: string;
  readonly unit: "log_prob" | "log_odds" | "number";
  readonly score: number;
  readonly probability: number | null;
  readonly is_given: boolean;
}

export interface AnswerOption {
  readonly option: number;
  readonly text: string;
  readonly probability: number;
  readonly is_answer: boolean;
}

export type ViewName = "attribution" | "attention" | "lens" | "heads";

export interface Asked {
  readonly kind: string;
  readonly labels: readonly string[];
  readonly tokens: readonly TextToken[];
  readonly positions: readonly TextToken[];
  readonly targets: readonly TextToken[];
  readonly answer: Answer;
  readonly num_cut_tokens: number;
  readonly methods: readonly string[];
  readonly is_testable: boolean;
  readonly why_not: Readonly<Record<"attention" | "lens" | "heads", string | null>>;
  readonly options: readonly AnswerOption[];
}

/** What is asked; the same for every view of one text. */
export interface Request {
  readonly model: string;
  readonly text: string;
  readonly second: string | null;
  readonly answer: string | null;
  readonly label: string | null;
}

export interface Attribution {
  readonly method: string;
  readonly scores: readonly number[];
  readonly is_signed: boolean;
  readonly score: number;
  readonly gap: number | null;
}

export type Verdict = "passes" | "undecided" | "fails";

export interface Trust {
  readonly fractions: readonly number[];
  readonly num_draws: number;
  readonly random_comprehensiveness: number;
  readonly random_drops: readonly number[];
  readonly methods: readonly {
    readonly comprehensiveness: number;
    readonly drops: readonly number[];
    readonly verdict: Verdict;
  }[];
}

export interface Attributed {
  readonly attribution: Attribution;
  readonly trust: Trust | null;
}

export type Part = "self" | "encoder" | "decoder" | "cross";

/** The weights of one layer: N heads of T queries over S keys. */
export interface LayerMap {
  readonly part: Part;
  readonly layer: number;
  readonly numHeads: number;
  readonly numQueries: number;
  readonly numKeys: number;
  readonly weights: Float32Array;
}

export interface Attention {
  readonly maps: readonly LayerMap[];
}

export interface LensEntry {
  readonly id: number;
  readonly text: string;
  readonly probability: number;
}

export interface LensCell {
  readonly top: readonly LensEntry[];
  readonly target: string;
  readonly target_probability: number;
  readonly target_rank: number;
  readonly entropy: number;
}

export interface Lens {
  readonly kind: "tokens" | "classes";
  readonly layers: readonly string[];
  readonly positions: readonly TextToken[];
  readonly cells: readonly (readonly LensCell[])[];
}

export interface HeadEffect {
  readonly part: Part;
  readonly layer: number;
  readonly head: number;
  readonly score_change: number;
  readonly divergence: number;
  readonly is_changed: boolean;
}

export type HeadName = readonly [part: Part, layer: number, head: number];

export interface Without {
  readonly before: readonly AnswerOption[];
  readonly after: readonly AnswerOption[];
  readonly score_before: number;
  readonly score_after: number;
  readonly divergence: number;
}
