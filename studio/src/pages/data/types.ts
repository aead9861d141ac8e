/** What the server tells of corpora and their documents. */
export interface Amounts {
  readonly documents: number;
  readonly bytes: number;
  readonly characters: number;
}

export interface CorpusName {
  readonly path: string;
  readonly name: string;
  readonly documents: number | null;
  readonly is_finished: boolean;
}

export interface Reason extends Amounts {
  readonly reason: string;
}

export interface FunnelStep {
  readonly step: string;
  readonly lost: Amounts;
  readonly left: Amounts;
  readonly reasons: readonly Reason[];
}

export interface Group extends Amounts {
  readonly name: string | null;
  readonly read: number;
  readonly tokens: number | null;
}

export interface HistogramData {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export interface Measure {
  readonly step: string;
  readonly name: string;
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly quantiles: Readonly<Record<string, number>>;
  readonly histogram: HistogramData;
}

export interface Clusters {
  readonly number: number;
  readonly documents: number;
  readonly largest: number;
  readonly sizes: HistogramData;
}

export interface MixtureGroup {
  readonly wanted_share: number;
  readonly share: number;
  readonly available_bytes: number;
  readonly bytes: number;
  readonly documents: number;
  readonly max_repeats: number;
  readonly falls_short: boolean;
}

export interface Change {
  readonly step: string;
  readonly documents: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly examples: readonly {
    readonly id: string;
    readonly source: string;
    readonly before: string | null;
    readonly after: string;
  }[];
}

/** A corpus as a whole; all but `stored` and `problems` is missing until the stage has ended. */
export interface Corpus {
  readonly stored: { readonly kept: number; readonly rejected: number };
  readonly problems: readonly string[];
  readonly read?: Amounts;
  readonly kept?: Amounts;
  readonly rejected?: Amounts;
  readonly repeated?: Amounts;
  readonly funnel?: readonly FunnelStep[];
  readonly sources?: readonly Group[];
  readonly languages?: readonly Group[];
  readonly domains?: readonly Group[];
  readonly splits?: Readonly<Record<string, Amounts>>;
  readonly split_tokens?: Readonly<Record<string, number>>;
  readonly num_tokens?: number | null;
  readonly scripts?: Readonly<Record<string, number>>;
  readonly length_histogram?: HistogramData;
  readonly measures?: readonly Measure[];
  readonly changed?: readonly Change[];
  readonly diversity?: { readonly score?: number };
  readonly duplicates?: {
    readonly documents: number;
    readonly frac: number | null;
    readonly by_step: Readonly<Record<string, number>>;
    readonly clusters: Readonly<Record<string, Clusters>>;
  };
  readonly frequent_lines?: readonly { readonly line: string; readonly documents: number }[];
  readonly privacy?: {
    readonly counts?: Readonly<Record<string, number>>;
    readonly per_million_characters?: number | null;
  };
  readonly mixture?: {
    readonly by: string;
    readonly groups: Readonly<Record<string, MixtureGroup>>;
  } | null;
  readonly unreadable?: readonly { readonly file: string; readonly error: string }[];
  readonly unreadable_count?: number;
  readonly skipped_file_types?: Readonly<Record<string, number>>;
}

export type Part = "kept" | "rejected";

export type FieldName = "source" | "language" | "domain" | "split" | "step" | "reason";

export type Fields = Readonly<Partial<Record<FieldName | "id" | "url", string | null>>>;

export interface FoundDocument {
  readonly row: number;
  readonly fields: Fields;
  readonly characters: number;
  readonly snippet: string;
  readonly snippet_start: number;
}

export interface DocumentPage {
  readonly rows: readonly FoundDocument[];
  readonly next: number | null;
  readonly total: number;
}

/** From, to (characters of the piece), and what is marked: `offence` or `private:TYPE`. */
export type Mark = readonly [number, number, string];

export interface DocumentPiece {
  readonly row: number;
  readonly fields: Fields;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly characters: number;
  readonly bytes: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly marks: readonly Mark[];
  readonly offence: {
    readonly measure: string;
    readonly value: number | null;
    readonly min: number | null;
    readonly max: number | null;
    readonly places: number;
  } | null;
  readonly copy_of: {
    readonly id: string;
    readonly similarity: number | null;
    readonly size: number;
    readonly part: Part | null;
    readonly row: number | null;
  } | null;
}
