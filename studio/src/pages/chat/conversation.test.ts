import { describe, expect, test } from "vitest";
import { exported, imported, newConversation, titleOf, trainingLine } from "./conversation";
import { isSchema, PRESETS, presetOf, stopsOf, stopsText } from "./settings";
import { ConversationStore } from "./store";
import { withNode } from "./tree";
import type { Conversation, Mode, Token } from "./types";

function talk(mode: Mode, id: string, size = 1): Conversation {
  const alternatives = [[1, "a", -0.5] as const, [2, "b", -1.5] as const];
  const tokens: Token[] = Array.from({ length: size }, () => ({
    id: 1,
    text: "墨",
    log_prob: -0.5,
    alternatives,
  }));
  const empty = newConversation(mode, "demo/pretrain/model");
  const first = {
    id: "q",
    parent: null,
    role: "user",
    text: " 研？\n",
    tokens: null,
    state: "done",
    at: 1,
  } as const;
  const second = {
    id: "a",
    parent: "q",
    role: "assistant",
    text: "墨".repeat(size),
    tokens,
    state: "done",
    at: 2,
  } as const;
  const tree = withNode(withNode(empty.lanes[0]?.tree ?? { nodes: {}, shown: {} }, first), second);
  return {
    ...empty,
    id,
    system: mode === "chat" ? "简短" : "",
    lanes: [{ model: "demo/pretrain/model", tree }],
  };
}

/** A browser's store with room for so many characters. */
function storageOf(room: number): Storage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
    setItem: (key, value) => {
      const others = [...items].filter(([name]) => name !== key);
      const used = others.reduce((sum, [name, text]) => sum + name.length + text.length, 0);
      if (used + key.length + value.length > room) throw new Error("QuotaExceededError");
      items.set(key, value);
    },
  };
}

describe("a conversation", () => {
  test("comes back from its file as it was, under a name of its own", () => {
    const before = talk("chat", "one", 3);
    const after = imported(exported(before));
    expect(after && { ...after, id: before.id }).toEqual(before);
    expect(after?.id).not.toBe(before.id);
  });

  test("files that are none are refused", () => {
    for (const text of [
      "",
      "{",
      "[]",
      '{"format":"other"}',
      '{"format":"yanmo-conversation","version":1,"conversation":{"id":"x","mode":"chat","lanes":[{}]}}',
    ]) {
      expect(imported(text)).toBeNull();
    }
  });

  test("is a line to learn from: messages, or a text", () => {
    expect(JSON.parse(trainingLine(talk("chat", "one"), 0))).toEqual({
      messages: [
        { role: "system", content: "简短" },
        { role: "user", content: " 研？\n" },
        { role: "assistant", content: "墨" },
      ],
    });
    expect(JSON.parse(trainingLine(talk("text", "one"), 0))).toEqual({ text: " 研？\n墨" });
    expect(titleOf(talk("chat", "one"))).toBe("研？");
  });
});

describe("the store", () => {
  test("gives back what was saved, the latest first", () => {
    const store = new ConversationStore(storageOf(1e6));
    store.save({ ...talk("chat", "one"), updatedAt: 1 });
    store.save({ ...talk("text", "two"), updatedAt: 2 });
    expect(store.entries().map((entry) => entry.id)).toEqual(["two", "one"]);
    expect(store.read("one")?.lanes[0]?.tree.nodes.a?.text).toBe("墨");
  });

  test("lets go of old alternatives, and of no text, when it is full", () => {
    const size = JSON.stringify(talk("chat", "one", 50)).length;
    const store = new ConversationStore(storageOf(size * 2));
    expect(store.save({ ...talk("chat", "one", 50), updatedAt: 1 })).toEqual({
      isSaved: true,
      numThinned: 0,
    });
    expect(store.save({ ...talk("chat", "two", 50), updatedAt: 2 })).toEqual({
      isSaved: true,
      numThinned: 1,
    });
    expect(store.read("one")?.lanes[0]?.tree.nodes.a?.text).toBe("墨".repeat(50));
    expect(store.read("one")?.lanes[0]?.tree.nodes.a?.tokens?.[0]).toEqual({
      id: 1,
      text: "墨",
      log_prob: -0.5,
    });
    expect(store.read("two")?.lanes[0]?.tree.nodes.a?.tokens?.[0]?.alternatives).toHaveLength(2);
  });

  test("says when nothing fits any more", () => {
    expect(new ConversationStore(storageOf(50)).save(talk("chat", "one")).isSaved).toBe(false);
  });
});

describe("settings", () => {
  test("are told apart by name", () => {
    const { sampling } = newConversation("chat", "m");
    expect(presetOf(sampling)).toBe("balanced");
    expect(presetOf({ ...sampling, ...PRESETS.greedy })).toBe("greedy");
    expect(presetOf({ ...sampling, temperature: 0.33 })).toBe("own");
  });

  test("stop strings survive being written as lines", () => {
    const stops = ["\n\n", "<end>", "a\\n", "。"];
    expect(stopsOf(stopsText(stops))).toEqual(stops);
  });

  test("a schema is JSON that can be one", () => {
    expect(['{"type":"object"}', "true", "{", "3", '"a"'].map(isSchema)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
