/** Conversations as wholes: new ones, titles, files to keep or to learn from, and files read back. */
import { EMPTY_TREE, pathOf, settled } from "./tree";
import type { Conversation, Lane, Mode, Sampling, Token, Tree, TreeNode } from "./types";

export const FORMAT = "yanmo-conversation";
const VERSION = 1;

export const SAMPLING: Sampling = {
  temperature: 0.8,
  max_new_tokens: 128,
  top_p: null,
  top_k: null,
  min_p: null,
  repetition_penalty: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  seed: null,
  stop: [],
};

let counter = 0;

/** A name that no other node and no other conversation has. */
export function newId(now: number = Date.now()): string {
  counter += 1;
  return `${now.toString(36)}-${counter.toString(36)}-${Math.random().toString(36).slice(2, 7)}`;
}

export function newConversation(mode: Mode, model: string, before?: Conversation): Conversation {
  const now = Date.now();
  return {
    id: newId(now),
    mode,
    system: before?.system ?? "",
    sampling: before?.sampling ?? SAMPLING,
    schema: "",
    lanes: [{ model, tree: EMPTY_TREE }],
    createdAt: now,
    updatedAt: now,
  };
}

/** The first words of what was asked; empty where nothing was. */
export function titleOf(conversation: Conversation): string {
  const tree = conversation.lanes[0]?.tree ?? EMPTY_TREE;
  const first = pathOf(tree)[0];
  return (first?.text ?? "").trim().replace(/\s+/g, " ").slice(0, 80);
}

export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** The turns up to a node, as a model is given them. */
export function messagesOf(system: string, path: readonly TreeNode[]): Message[] {
  const turns: Message[] = path.map(({ role, text }) => ({ role, content: text }));
  return system.trim() === "" ? turns : [{ role: "system", content: system }, ...turns];
}

/** The ids of a text with its continuations, where every part of it has them. */
export function idsOf(path: readonly TreeNode[]): number[] | null {
  const ids: number[] = [];
  for (const node of path) {
    if (node.tokens === null) return null;
    for (const token of node.tokens) ids.push(token.id);
  }
  return ids;
}

/** The text of a path. */
export function textOf(path: readonly TreeNode[]): string {
  return path.map((node) => node.text).join("");
}

/** The text of tokens; control tokens, which are no text, are left out. */
export function textOfTokens(tokens: readonly Token[]): string {
  return tokens.map((token) => (token.special ? "" : token.text)).join("");
}

/** What is shown of one column as one line of a training file: messages, or a text. */
export function trainingLine(conversation: Conversation, lane: number): string {
  const path = pathOf(conversation.lanes[lane]?.tree ?? EMPTY_TREE);
  const record =
    conversation.mode === "chat"
      ? { messages: messagesOf(conversation.system, path) }
      : { text: textOf(path) };
  return `${JSON.stringify(record)}\n`;
}

export function exported(conversation: Conversation): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, conversation }, null, 1)}\n`;
}

/** A conversation out of a file; `null` where the file is none. It gets an id of its own. */
export function imported(text: string): Conversation | null {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(file) || file.format !== FORMAT || file.version !== VERSION) return null;
  const found = conversationOf(file.conversation);
  return found && { ...found, id: newId() };
}

/** A conversation as it was stored, or `null` where something else was. */
export function conversationOf(value: unknown): Conversation | null {
  if (!isRecord(value) || typeof value.id !== "string" || !Array.isArray(value.lanes)) return null;
  if (value.mode !== "chat" && value.mode !== "text") return null;
  const lanes = value.lanes.map(laneOf);
  if (lanes.length === 0 || lanes.some((lane) => lane === null)) return null;
  const now = Date.now();
  return {
    id: value.id,
    mode: value.mode,
    system: typeof value.system === "string" ? value.system : "",
    sampling: samplingOf(value.sampling),
    schema: typeof value.schema === "string" ? value.schema : "",
    lanes: lanes as Lane[],
    createdAt: typeof value.createdAt === "number" ? value.createdAt : now,
    updatedAt: typeof value.updatedAt === "number" ? value.updatedAt : now,
  };
}

function laneOf(value: unknown): Lane | null {
  if (!isRecord(value) || typeof value.model !== "string" || !isRecord(value.tree)) return null;
  const { nodes, shown } = value.tree;
  if (!isRecord(nodes) || !isRecord(shown) || !Object.values(nodes).every(isNode)) return null;
  return { model: value.model, tree: settled({ nodes, shown } as unknown as Tree) };
}

function isNode(value: unknown): boolean {
  if (!isRecord(value) || typeof value.id !== "string" || typeof value.text !== "string") {
    return false;
  }
  const hasParent = value.parent === null || typeof value.parent === "string";
  const hasTokens = value.tokens === null || Array.isArray(value.tokens);
  return hasParent && hasTokens && (value.role === "user" || value.role === "assistant");
}

function samplingOf(value: unknown): Sampling {
  if (!isRecord(value)) return SAMPLING;
  const known = Object.entries(SAMPLING).map(([name, usual]) => {
    const found = value[name];
    const fits = found === null || typeof found === "number" || Array.isArray(found);
    return [name, found !== undefined && fits ? found : usual];
  });
  return Object.fromEntries(known) as unknown as Sampling;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
