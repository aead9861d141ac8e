/** What the server says of runs: `src/yanmo/studio/run_row.py`. */
export type StateName = "running" | "finished" | "stopped" | "failed" | "partial";

export interface TaskFigure {
  readonly place: string;
  readonly task: string;
  readonly metric: string | null;
  readonly value: number | null;
  readonly interval: readonly [number, number] | null;
}

export interface RunRow {
  readonly name: string;
  readonly state: StateName;
  readonly why: string | null;
  readonly stage: string | null;
  readonly logs: readonly string[];
  readonly keys: readonly string[];
  readonly step: number | null;
  readonly num_steps: number | null;
  readonly train_loss: number | null;
  readonly validation_loss: number | null;
  readonly bits_per_byte: number | null;
  readonly tasks: readonly TaskFigure[];
  readonly num_params: number | null;
  readonly tokens: number | null;
  readonly tokens_per_s: number | null;
  readonly train_s: number | null;
  readonly stage_s: number;
  readonly family: string | null;
  readonly device: string | null;
  readonly begun_at: number | null;
  readonly changed_at: number | null;
}

export interface RunList {
  readonly folder: string;
  readonly runs: readonly RunRow[];
}

export interface Comparison {
  readonly runs: readonly string[];
  readonly keys: readonly { readonly key: string; readonly values: readonly (string | null)[] }[];
}
