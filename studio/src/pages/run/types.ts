/** What the server says of one run: `src/yanmo/studio/run.py`. */
import type { RunRow } from "../runs/types";

export interface StageInfo {
  readonly name: string;
  readonly state: "finished" | "unfinished" | "missing";
  readonly content_hash?: string;
  readonly created_at?: string;
  readonly version?: string;
  readonly timings?: Readonly<Record<string, number>>;
  readonly counts?: readonly string[];
  readonly inputs?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, number | null>>;
  readonly notes?: readonly string[];
  readonly config?: unknown;
}

export interface LineageNode {
  readonly name: string;
  readonly kind: string;
  readonly content_hash: string;
  readonly wall_s: number | null;
}

export interface LineageEdge {
  readonly source: string;
  readonly target: string;
  readonly is_current: boolean;
}

export interface Lineage {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

export interface Incident {
  readonly stage: string;
  readonly time: number;
  readonly step: number | null;
  readonly text: string;
}

export interface Checkpoint {
  readonly stage: string;
  readonly name: string;
  readonly step: number | null;
  readonly bytes: number;
  readonly created_at: number;
  readonly path: string;
}

export interface JobInfo {
  readonly text: string;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly exit_code: number | null;
  readonly working_dir: string;
}

export interface RunDetail {
  readonly row: RunRow;
  readonly folder: string;
  readonly commands: { readonly job: JobInfo | null; readonly resume: string };
  readonly stages: readonly StageInfo[];
  readonly lineage: Lineage;
  readonly facts: readonly (readonly [string, string])[];
  readonly incidents: readonly Incident[];
  readonly checkpoints: readonly Checkpoint[];
  readonly recipe: string;
}

export interface Sample {
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
}
