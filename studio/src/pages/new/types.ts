/** What the server says of drafts: `src/yanmo/studio/new.py`. */
import type { FormProblem } from "./form";
import type { Table } from "./values";

export interface CheckedDraft {
  readonly text: string;
  readonly problems: readonly FormProblem[];
  readonly command: string;
  readonly resolved: Table | null;
  readonly exists: boolean;
}

export interface BasePlan {
  readonly num_params: number;
  readonly num_params_non_embedding: number;
  readonly flops_per_token: number;
  readonly train_tokens: number;
  readonly corpus_tokens: number | null;
  readonly total_flops: number;
  readonly memory_bytes: number;
  readonly machine_bytes: number;
  readonly disk_bytes: number;
  readonly checkpoint_bytes: number;
  readonly num_checkpoints: number;
  readonly probe_tokens_per_s: number | null;
  readonly train_s: number | null;
  readonly total_s: number | null;
  readonly watt_hours: number | null;
  readonly device: string | null;
  readonly warning: string | null;
  readonly notes: readonly string[];
}

export interface DraftPlan {
  readonly base: BasePlan | null;
  readonly trained: Readonly<Record<string, string>>;
  readonly measured: Readonly<Record<string, readonly string[]>>;
}

export interface Recipes {
  readonly shipped: readonly { readonly name: string; readonly text: string }[];
  readonly runs: readonly string[];
}

/** What the form began with. */
export interface Beginning {
  readonly kind: "shipped" | "run" | "empty";
  readonly name: string;
}
