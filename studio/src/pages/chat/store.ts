/**
 * Conversations in the reader's browser: one entry for each, and a list of all.
 *
 * A browser gives little room. Where it is full, the alternatives of the tokens of the conversations
 * that were touched longest ago go first, the conversations themselves never.
 */
import { conversationOf, titleOf } from "./conversation";
import type { Conversation, Mode, Tree, TreeNode } from "./types";

const PREFIX = "yanmo.chat.";
const OPEN = "yanmo.chat-open";

export interface Entry {
  readonly id: string;
  readonly title: string;
  readonly mode: Mode;
  readonly updatedAt: number;
}

export interface Saved {
  readonly isSaved: boolean;
  /** Conversations whose probabilities were let go to make room. */
  readonly numThinned: number;
}

export class ConversationStore {
  private readonly storage: Storage;

  constructor(storage: Storage) {
    this.storage = storage;
  }

  /** All conversations, the latest first. */
  entries(): Entry[] {
    const found: Entry[] = [];
    for (const conversation of this.all()) {
      const { id, mode, updatedAt } = conversation;
      found.push({ id, mode, updatedAt, title: titleOf(conversation) });
    }
    return found.sort((a, b) => b.updatedAt - a.updatedAt);
  }

  read(id: string): Conversation | null {
    const text = this.storage.getItem(PREFIX + id);
    if (text === null) return null;
    try {
      return conversationOf(JSON.parse(text));
    } catch {
      return null;
    }
  }

  save(conversation: Conversation): Saved {
    const key = PREFIX + conversation.id;
    const text = JSON.stringify(conversation);
    if (this.fits(key, text)) return { isSaved: true, numThinned: 0 };
    let numThinned = 0;
    const others = this.all().filter((other) => other.id !== conversation.id);
    for (const other of others.sort((a, b) => a.updatedAt - b.updatedAt)) {
      const thinned = JSON.stringify(withoutAlternatives(other));
      if (!this.fits(PREFIX + other.id, thinned)) continue;
      numThinned += 1;
      if (this.fits(key, text)) return { isSaved: true, numThinned };
    }
    const isSaved = this.fits(key, JSON.stringify(withoutAlternatives(conversation)));
    return { isSaved, numThinned: numThinned + Number(isSaved) };
  }

  remove(id: string): void {
    this.storage.removeItem(PREFIX + id);
  }

  /** The conversation that was open last. */
  get openId(): string | null {
    return this.storage.getItem(OPEN);
  }

  set openId(id: string | null) {
    if (id === null) this.storage.removeItem(OPEN);
    else this.storage.setItem(OPEN, id);
  }

  private all(): Conversation[] {
    const keys = Array.from({ length: this.storage.length }, (_, index) => this.storage.key(index));
    return keys
      .filter((key): key is string => key?.startsWith(PREFIX) ?? false)
      .map((key) => this.read(key.slice(PREFIX.length)))
      .filter((conversation): conversation is Conversation => conversation !== null);
  }

  private fits(key: string, text: string): boolean {
    try {
      this.storage.setItem(key, text);
      return true;
    } catch {
      return false;
    }
  }
}

/** The same conversation with the tokens alone; probabilities stay. */
export function withoutAlternatives(conversation: Conversation): Conversation {
  const lanes = conversation.lanes.map((lane) => ({ ...lane, tree: thinTree(lane.tree) }));
  return { ...conversation, lanes };
}

function thinTree(tree: Tree): Tree {
  const nodes = Object.fromEntries(
    Object.entries(tree.nodes).map(([id, node]) => [id, thinNode(node)]),
  );
  return { ...tree, nodes };
}

function thinNode(node: TreeNode): TreeNode {
  if (node.tokens === null) return node;
  return {
    ...node,
    tokens: node.tokens.map(({ alternatives: _, ...token }) => token),
  };
}
