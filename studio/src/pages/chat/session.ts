/**
 * The open conversation and what is being written in it. It lives outside the page, so that a
 * stream goes on while the reader looks at another page, and is stored as it grows.
 *
 * Knows the stream's events and the tree, and nothing of how either looks.
 */

import { failureOf, isAborted } from "../../api/failure";
import type { ServerEvent } from "../../api/sse";
import { idsOf, messagesOf, newConversation, newId, textOf, textOfTokens } from "./conversation";
import type { ConversationStore } from "./store";
import {
  EMPTY_TREE,
  parentOf,
  pathOf,
  pathTo,
  showing,
  withChange,
  withNode,
  withoutNode,
} from "./tree";
import type { Alternative, Conversation, Lane, Mode, Token, Tree, TreeNode } from "./types";

const FLUSH_MS = 40;
const SAVE_MS = 1500;
const NUM_ALTERNATIVES = 8;

export type ReadEvents = (
  path: string,
  onEvent: (event: ServerEvent) => void,
  options: { readonly signal?: AbortSignal; readonly body?: unknown },
) => Promise<void>;

/** What the page shows beside the conversation itself. */
export interface SessionState {
  readonly conversation: Conversation | null;
  readonly numWriting: number;
  /** The browser's store is full: since when, and what had to go. */
  readonly storage: "kept" | "thinned" | "full";
}

interface PromptTold {
  readonly type: "prompt";
  readonly num_tokens: number;
  readonly num_reused: number;
  readonly num_forced: number;
  readonly seconds: number;
  readonly tokens: readonly Token[];
}
interface TokensTold {
  readonly type: "tokens";
  readonly tokens: readonly Token[];
  readonly num_forgotten?: number;
}
interface EndTold {
  readonly type: "end";
  readonly reason: string;
  readonly num_tokens: number;
  readonly tokens_per_s: number | null;
  readonly rest?: string;
  readonly failure?: string;
  readonly kept?: number;
  readonly last_text?: string;
}
interface ErrorTold {
  readonly type: "error";
  readonly error: { readonly what: string };
}
export type Told = PromptTold | TokensTold | EndTold | ErrorTold;

export class ChatSession {
  private readonly store: ConversationStore;
  private readonly read: ReadEvents;
  private readonly listeners = new Set<() => void>();
  private readonly writing = new Map<string, AbortController>();
  private state: SessionState = { conversation: null, numWriting: 0, storage: "kept" };
  private saveTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(store: ConversationStore, read: ReadEvents) {
    this.store = store;
    this.read = read;
    const { openId } = store;
    if (openId !== null) this.state = { ...this.state, conversation: store.read(openId) };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): SessionState => this.state;

  /** Show a conversation; what is being written in the one before is stopped. */
  open(conversation: Conversation): void {
    this.stop();
    this.saveNow();
    this.set({ ...this.state, conversation });
    this.store.openId = conversation.id;
    this.saveNow();
  }

  start(mode: Mode, model: string): void {
    this.open(newConversation(mode, model, this.state.conversation ?? undefined));
  }

  remove(id: string): void {
    if (this.state.conversation?.id === id) {
      this.stop();
      this.set({ ...this.state, conversation: null });
      this.store.openId = null;
    }
    this.store.remove(id);
    this.tell();
  }

  change(fields: Partial<Conversation>): void {
    const { conversation } = this.state;
    if (!conversation) return;
    this.put({ ...conversation, ...fields, updatedAt: Date.now() });
  }

  setModel(lane: number, model: string): void {
    this.changeLane(lane, (before) => ({ ...before, model }));
  }

  /** A second column that begins as the first one stands, or the first column alone. */
  setSideBySide(isOn: boolean, model: string): void {
    const lanes = this.state.conversation?.lanes;
    const first = lanes?.[0];
    if (!lanes || !first) return;
    if (!isOn) this.stop(1);
    this.change({ lanes: isOn ? [first, { model, tree: first.tree }] : [first] });
  }

  show(lane: number, id: string): void {
    this.changeTree(lane, (tree) => showing(tree, id));
  }

  drop(lane: number, id: string): void {
    this.stopNode(lane, id);
    this.changeTree(lane, (tree) => withoutNode(tree, id));
  }

  /** Say something in every column, and let every model answer. */
  send(text: string): void {
    this.eachLane((lane, tree) => {
      const parent = pathOf(tree).at(-1)?.id ?? null;
      const question = this.node({ parent, role: "user", text });
      this.changeTree(lane, (before) => withNode(before, question));
      this.answer(lane, question.id);
    });
  }

  /** Begin every column anew with a text, and let every model go on with it. */
  begin(text: string): void {
    this.eachLane((lane, tree) => {
      const shown = pathOf(tree);
      const end = shown.at(-1);
      if (end && textOf(shown) === text) {
        this.answer(lane, end.id);
        return;
      }
      const root = this.node({ parent: null, role: "user", text });
      this.changeTree(lane, (before) => withNode(before, root));
      this.answer(lane, root.id);
    });
  }

  /** Write on behind all that is shown. */
  extend(lane: number): void {
    this.stop(lane);
    const end = pathOf(this.tree(lane)).at(-1);
    if (end) this.answer(lane, end.id);
  }

  /** Another version of something that the reader said, and an answer to it. */
  edit(lane: number, id: string, text: string): void {
    this.stop(lane);
    const tree = this.tree(lane);
    const version = this.node({ parent: parentOf(tree, id), role: "user", text });
    this.changeTree(lane, (before) => withNode(before, version));
    this.answer(lane, version.id);
  }

  /** Another version of something that a model wrote. */
  regenerate(lane: number, id: string): void {
    this.stop(lane);
    const parent = parentOf(this.tree(lane), id);
    if (parent !== null) this.answer(lane, parent);
  }

  /** Go on at the end of what a model wrote, as if it had not ended there. */
  goOn(lane: number, id: string): void {
    const node = this.tree(lane).nodes[id];
    if (node) this.write(lane, node, node.tokens ?? []);
  }

  /** A version that is the same up to a token, has another one there, and goes on from it. */
  branch(lane: number, id: string, place: number, alternative: Alternative): void {
    const tree = this.tree(lane);
    const node = tree.nodes[id];
    const token = node?.tokens?.[place];
    if (!node?.tokens || !token) return;
    this.stop(lane);
    const other = replaced(token, alternative);
    const before = node.tokens.slice(0, place);
    if (node.role === "assistant") {
      this.answer(lane, node.parent, [...before, other]);
      return;
    }
    const { model } = this.lane(lane);
    const text = textOfTokens(before);
    const root = this.node({ parent: node.parent, role: "user", text, model });
    this.changeTree(lane, (now) => withNode(now, { ...root, tokens: before }));
    this.answer(lane, root.id, [other]);
  }

  /** Stop all that is being written, or what one column writes. */
  stop(lane?: number): void {
    for (const [key, controller] of this.writing) {
      if (lane === undefined || key.startsWith(`${lane}/`)) controller.abort();
    }
  }

  /** Store what there is; called by a timer, and when the page is left. */
  saveNow(): void {
    if (this.saveTimer !== null) clearTimeout(this.saveTimer);
    this.saveTimer = null;
    const { conversation } = this.state;
    if (!conversation || pathOf(conversation.lanes[0]?.tree ?? EMPTY_TREE).length === 0) return;
    const { isSaved, numThinned } = this.store.save(conversation);
    const storage = !isSaved ? "full" : numThinned > 0 ? "thinned" : this.state.storage;
    if (storage !== this.state.storage) this.set({ ...this.state, storage });
  }

  private answer(lane: number, parent: string | null, prefix: readonly Token[] = []): void {
    const { model } = this.lane(lane);
    const node = this.node({ parent, role: "assistant", text: textOfTokens(prefix), model });
    this.changeTree(lane, (tree) => withNode(tree, { ...node, tokens: prefix }));
    this.write(lane, node, prefix);
  }

  /** Let the column's model write a node from `prefix` on. */
  private write(lane: number, node: TreeNode, prefix: readonly Token[]): void {
    const { conversation } = this.state;
    if (!conversation) return;
    this.stopNode(lane, node.id);
    const controller = new AbortController();
    const key = `${lane}/${node.id}`;
    this.writing.set(key, controller);
    const run = new NodeWriter(node.id, prefix, (change) => {
      if (this.writing.get(key) === controller) this.changeNode(conversation.id, lane, change);
    });
    const isJson = conversation.schema.trim() !== "" && prefix.length === 0;
    run.begin(this.lane(lane).model, isJson);
    const body = this.requestOf(conversation, lane, node, prefix, isJson);
    const onEvent = (event: ServerEvent) => run.take(JSON.parse(event.data) as Told);
    this.set({ ...this.state, numWriting: this.writing.size });
    this.read("/api/chat/trace", onEvent, { signal: controller.signal, body })
      .then(() => run.close())
      .catch((error: unknown) => run.fail(error))
      .finally(() => {
        if (this.writing.get(key) === controller) this.writing.delete(key);
        this.set({ ...this.state, numWriting: this.writing.size });
        this.saveNow();
      });
  }

  private requestOf(
    conversation: Conversation,
    lane: number,
    node: TreeNode,
    prefix: readonly Token[],
    isJson: boolean,
  ): Record<string, unknown> {
    const { model, tree } = this.lane(lane);
    const before = node.parent === null ? [] : pathTo(tree, node.parent);
    const request: Record<string, unknown> = {
      model,
      sampling: conversation.sampling,
      num_alternatives: NUM_ALTERNATIVES,
      forced_ids: prefix.map((token) => token.id),
    };
    if (isJson) request.json_schema = conversation.schema;
    if (conversation.mode === "chat") {
      return { ...request, turns: messagesOf(conversation.system, before) };
    }
    // By ids where they are known, so that the tokens stay those that were seen.
    const isKnown = before.every((step) => step.model === model);
    const ids = isKnown ? idsOf(before) : null;
    if (ids !== null && ids.length > 0) return { ...request, ids };
    return { ...request, text: textOf(before), scores_prompt: before.length === 1 };
  }

  private changeNode(conversationId: string, lane: number, change: NodeChange): void {
    if (this.state.conversation?.id !== conversationId) return;
    this.changeTree(lane, (tree) => {
      const changed = withChange(tree, change.id, change.fields);
      const parent = changed.nodes[change.id]?.parent;
      if (!change.promptTokens || !parent) return changed;
      const { model } = this.lane(lane);
      return withChange(changed, parent, { tokens: change.promptTokens, model });
    });
  }

  private stopNode(lane: number, id: string): void {
    this.writing.get(`${lane}/${id}`)?.abort();
  }

  private node(fields: Pick<TreeNode, "parent" | "role" | "text"> & { model?: string }): TreeNode {
    const now = Date.now();
    return { id: newId(now), tokens: null, state: "done", at: now, ...fields };
  }

  private eachLane(act: (lane: number, tree: Tree) => void): void {
    const count = this.state.conversation?.lanes.length ?? 0;
    for (let lane = 0; lane < count; lane++) act(lane, this.tree(lane));
  }

  private lane(lane: number): Lane {
    return this.state.conversation?.lanes[lane] ?? { model: "", tree: EMPTY_TREE };
  }

  private tree(lane: number): Tree {
    return this.lane(lane).tree;
  }

  private changeTree(lane: number, change: (tree: Tree) => Tree): void {
    this.changeLane(lane, (before) => ({ ...before, tree: change(before.tree) }));
  }

  private changeLane(lane: number, change: (lane: Lane) => Lane): void {
    const { conversation } = this.state;
    if (!conversation) return;
    const lanes = conversation.lanes.map((one, index) => (index === lane ? change(one) : one));
    this.change({ lanes });
  }

  private put(conversation: Conversation): void {
    this.set({ ...this.state, conversation });
    this.saveTimer ??= setTimeout(() => this.saveNow(), SAVE_MS);
  }

  private set(state: SessionState): void {
    this.state = state;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

interface NodeChange {
  readonly id: string;
  readonly fields: Partial<TreeNode>;
  readonly promptTokens?: readonly Token[];
}

/** One node while it is written: gathers events, and tells of them some times a second. */
class NodeWriter {
  private readonly id: string;
  private readonly apply: (change: NodeChange) => void;
  private tokens: Token[];
  private readonly numPrefix: number;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isOver = false;
  private firstSeconds: number | null = null;
  private numReused = 0;
  private numForgotten = 0;

  constructor(id: string, prefix: readonly Token[], apply: (change: NodeChange) => void) {
    this.id = id;
    this.tokens = [...prefix];
    this.numPrefix = prefix.length;
    this.apply = apply;
  }

  begin(model: string, isJson: boolean): void {
    const json = isJson ? { isJson } : {};
    this.apply({ id: this.id, fields: { state: "writing", model, tokens: this.tokens, ...json } });
  }

  take(told: Told): void {
    if (told.type === "prompt") this.takePrompt(told);
    else if (told.type === "tokens") {
      this.tokens = [...this.tokens, ...told.tokens];
      this.numForgotten += told.num_forgotten ?? 0;
      this.timer ??= setTimeout(() => this.flush({}), FLUSH_MS);
    } else if (told.type === "error") {
      this.isOver = true;
      this.flush({ state: "failed", reason: "error", failure: told.error });
    } else this.takeEnd(told);
  }

  /** The stream has come to its end: without an `end` it was cut off. */
  close(): void {
    if (!this.isOver) this.flush({ state: "failed", reason: "cut" });
  }

  fail(error: unknown): void {
    if (isAborted(error)) this.flush({ state: "stopped", reason: "cancelled" });
    else {
      const failure = failureOf(error);
      const reason = failure.status === 0 ? "cut" : "refused";
      this.flush({ state: "failed", reason, failure: failure.parts });
    }
  }

  private takePrompt(told: PromptTold): void {
    this.firstSeconds = told.seconds;
    this.numReused = told.num_reused;
    const border = told.tokens.length - told.num_forced;
    const forced = told.tokens.slice(border);
    this.tokens = this.tokens.map((token, place) => ({
      ...token,
      text: forced[place]?.text ?? token.text,
    }));
    const prompt = told.tokens.slice(0, border);
    const isScored = prompt.some((token) => token.log_prob !== undefined);
    this.flush({}, isScored ? prompt : undefined);
  }

  private takeEnd(told: EndTold): void {
    this.isOver = true;
    if (told.kept !== undefined) {
      this.tokens = this.tokens.slice(0, this.numPrefix + told.kept);
      this.retext(told.last_text ?? "");
    } else if (told.rest) this.retext((this.tokens.at(-1)?.text ?? "") + told.rest);
    const stats = {
      numTokens: told.num_tokens,
      tokensPerSecond: told.tokens_per_s,
      firstSeconds: this.firstSeconds,
      numReused: this.numReused,
    };
    const isFailed = told.reason === "error";
    const failure = told.failure ? { failure: { what: told.failure } } : {};
    const state = isFailed ? "failed" : told.reason === "cancelled" ? "stopped" : "done";
    this.flush({ state, reason: told.reason, stats, ...failure });
  }

  private retext(text: string): void {
    const last = this.tokens.at(-1);
    if (last) this.tokens = [...this.tokens.slice(0, -1), { ...last, text }];
  }

  private flush(fields: Partial<TreeNode>, promptTokens?: readonly Token[]): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const text = textOfTokens(this.tokens);
    const forgotten = this.numForgotten > 0 ? { numForgotten: this.numForgotten } : {};
    const prompt = promptTokens ? { promptTokens } : {};
    this.apply({
      id: this.id,
      fields: { tokens: this.tokens, text, ...forgotten, ...fields },
      ...prompt,
    });
  }
}

/** The token that stands where another one stood, with what was known of the place. */
function replaced(token: Token, [id, text, logProb]: Alternative): Token {
  const alternatives = token.alternatives ? { alternatives: token.alternatives } : {};
  return { id, text, log_prob: logProb, ...alternatives };
}
