/** What the server tells of evaluations. */
export type Interval = readonly [number, number];

export interface LanguageRow {
  readonly run: string;
  readonly name: string;
  readonly kind: string;
  readonly split: string;
  readonly documents: number;
  readonly tokens: number;
  readonly bytes: number;
  readonly objective: string | null;
  readonly loss: number;
  readonly loss_interval?: Interval | null;
  readonly bits_per_byte?: number;
  readonly bits_per_byte_interval?: Interval | null;
  readonly perplexity?: number;
  readonly top1?: number;
  readonly top5?: number;
  readonly difference: {
    readonly baseline: string;
    readonly bits_per_byte: number;
    readonly bits_per_byte_interval: Interval | null;
  } | null;
}

export interface Figure {
  readonly metric: string;
  readonly value: number | null;
  readonly interval: Interval | null;
  readonly num_items: number;
  readonly signature: string;
  readonly is_higher_better: boolean;
}

export interface Comparison {
  readonly metric: string;
  readonly model: string;
  readonly other: string;
  readonly label: string;
  readonly difference: number;
  readonly interval: Interval | null;
  readonly p_value: number | null;
  readonly test: string;
  readonly verdict: string;
}

export interface TaskRow {
  readonly run: string;
  readonly place: string;
  readonly task: string;
  readonly kind: string;
  readonly language: string;
  readonly split: string;
  readonly num_items: number;
  readonly model: string;
  readonly main: Figure | null;
  readonly baseline: (Figure & { readonly label: string }) | null;
  readonly verdict: Comparison | null;
}

export interface Problem {
  readonly run: string;
  readonly what: string;
  readonly where: string | null;
  readonly why: string | null;
}

export interface Overview {
  readonly language: readonly LanguageRow[];
  readonly tasks: readonly TaskRow[];
  readonly problems: readonly Problem[];
}

export interface Scores {
  readonly name: string;
  readonly label: string;
  readonly kind: "model" | "baseline";
  readonly figures: readonly Figure[];
}

export interface CalibrationBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

export interface Report {
  readonly run: string;
  readonly place: string;
  readonly task: string;
  readonly kind: string;
  readonly language: string;
  readonly split: string;
  readonly num_items: number;
  readonly model: string;
  readonly trained_on: string | null;
  readonly num_truncated: number | null;
  readonly num_tokens_cut: number | null;
  readonly scores: readonly Scores[];
  readonly comparisons: readonly Comparison[];
  readonly classes: readonly {
    readonly label: string;
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    readonly support: number;
  }[];
  readonly confusion: {
    readonly labels: readonly string[];
    readonly counts: readonly (readonly number[])[];
  } | null;
  readonly calibration: {
    readonly expected_error: number;
    readonly bins: readonly CalibrationBin[];
  } | null;
  readonly robustness: {
    readonly metric: string;
    readonly num_items: number;
    readonly curves: readonly {
      readonly perturbation: string;
      readonly points: readonly { readonly strength: number; readonly figure: Figure }[];
    }[];
    readonly flip_search: {
      readonly num_attacked: number;
      readonly num_flipped: number;
      readonly max_edits: number;
      readonly flips: readonly {
        readonly id: string;
        readonly gold: string;
        readonly before: string;
        readonly after: string;
        readonly text: string;
        readonly edited: string;
        readonly num_edits: number;
      }[];
    } | null;
  } | null;
  readonly contamination: {
    readonly corpus: string;
    readonly num_clean: number;
    readonly num_dirty: number;
    readonly num_unchecked: number;
    readonly all: readonly Figure[];
    readonly clean: readonly Figure[];
    readonly dirty: readonly Figure[];
  } | null;
  readonly generalisation: {
    readonly metric: string;
    readonly models: readonly string[];
    readonly test_sets: readonly string[];
    readonly cells: readonly {
      readonly model: string;
      readonly test_set: string;
      readonly is_home: boolean;
      readonly figure: Figure;
    }[];
  } | null;
  readonly draws: {
    readonly chosen: number;
    readonly figures: readonly {
      readonly metric: string;
      readonly mean: number;
      readonly interval: Interval | null;
      readonly values: readonly number[];
    }[];
  } | null;
  readonly openings: { readonly openings: number; readonly models: number } | null;
}

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

export interface Item {
  readonly number: number;
  readonly id: string;
  readonly text: string;
  readonly gold: string | null;
  readonly predicted: string;
  readonly score: number | null;
  readonly is_right: boolean | null;
  readonly confidence: number | null;
  readonly is_dirty: boolean | null;
  readonly gold_spans?: readonly Span[] | null;
  readonly predicted_spans?: readonly Span[] | null;
  readonly other?: {
    readonly predicted: string;
    readonly score: number | null;
    readonly is_right: boolean | null;
    readonly spans: readonly Span[] | null;
  };
}

export interface ItemPage {
  readonly rows: readonly Item[];
  readonly found: number;
  readonly total: number;
  readonly counts: { readonly right: number; readonly wrong: number };
  /** Kinds of things that items name, of tasks that do. */
  readonly kinds: readonly string[];
  readonly has_scores: boolean;
  readonly has_confidence: boolean;
  readonly paired: {
    readonly num_items: number;
    readonly both: number | null;
    readonly only_first: number | null;
    readonly only_second: number | null;
    readonly neither: number | null;
    readonly p_value: number | null;
    readonly mean_difference: number | null;
    readonly interval: Interval | null;
  } | null;
}

export interface ScoredDocuments {
  readonly rows: readonly {
    readonly document: number;
    readonly tokens: number;
    readonly bytes: number;
    readonly bits_per_byte: readonly (number | null)[];
    readonly snippet: string | null;
  }[];
  readonly total: number;
  readonly models: readonly string[];
}
