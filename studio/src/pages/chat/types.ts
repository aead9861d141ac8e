/** What the server tells of tokens and models, and what a conversation is made of. */
import type { FailureParts } from "../../api/failure";

/** A token that might have stood at a place: its id, what it looks like, its log-probability. */
export type Alternative = readonly [id: number, text: string, logProb: number];

export interface Token {
  readonly id: number;
  /** What it adds to the text; nothing where it is the beginning of a character. */
  readonly text: string;
  readonly special?: boolean;
  readonly log_prob?: number;
  readonly alternatives?: readonly Alternative[];
}

export type Role = "user" | "assistant";

/** How far a node is: being written; complete; stopped by the reader; ended by a failure. */
export type NodeState = "writing" | "done" | "stopped" | "failed";

export interface NodeStats {
  readonly numTokens: number;
  /** Seconds until the prompt was read. */
  readonly firstSeconds: number | null;
  readonly tokensPerSecond: number | null;
  readonly numReused?: number;
}

/** One thing that was said or written. Its versions are the nodes with the same parent. */
export interface TreeNode {
  readonly id: string;
  readonly parent: string | null;
  readonly role: Role;
  readonly text: string;
  readonly tokens: readonly Token[] | null;
  readonly state: NodeState;
  readonly at: number;
  /** The model that wrote it. */
  readonly model?: string;
  readonly reason?: string;
  readonly failure?: FailureParts;
  readonly stats?: NodeStats;
  /** It was held to a JSON schema, and so cannot be gone on with from inside. */
  readonly isJson?: boolean;
  /** Of how many tokens at the beginning the model had to let go. */
  readonly numForgotten?: number;
}

export interface Tree {
  readonly nodes: Readonly<Record<string, TreeNode>>;
  /** By parent ("" for the beginning), which of its children is shown. */
  readonly shown: Readonly<Record<string, string>>;
}

export interface Sampling {
  readonly temperature: number;
  readonly max_new_tokens: number;
  readonly top_p: number | null;
  readonly top_k: number | null;
  readonly min_p: number | null;
  readonly repetition_penalty: number;
  readonly presence_penalty: number;
  readonly frequency_penalty: number;
  readonly seed: number | null;
  readonly stop: readonly string[];
}

export interface Lane {
  readonly model: string;
  readonly tree: Tree;
}

export type Mode = "chat" | "text";

export interface Conversation {
  readonly id: string;
  readonly mode: Mode;
  readonly system: string;
  readonly sampling: Sampling;
  readonly schema: string;
  readonly lanes: readonly Lane[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type ModelState = "absent" | "loading" | "ready" | "failed";

export interface ModelInfo {
  readonly path: string;
  readonly use: "writes" | "translates" | "fills" | "labels";
  readonly family: string;
  readonly num_params: number;
  readonly num_bytes: number;
  readonly max_tokens: number;
  readonly num_layers: number | null;
  readonly num_heads: number | null;
  readonly memory_bytes: number;
  readonly has_template: boolean;
  readonly is_for_chat: boolean;
  readonly labels: readonly string[];
  readonly modified_at: number;
  readonly status: {
    readonly state: ModelState;
    readonly problem: string | null;
    readonly num_users: number;
    readonly seconds: number;
  };
}

export interface ModelList {
  readonly models: readonly ModelInfo[];
  readonly free_bytes: number | null;
}
