import { describe, expect, test } from "vitest";
import { SseParser } from "../../api/sse";
import { ChatSession, type ReadEvents, type Told } from "./session";
import { ConversationStore } from "./store";
import { pathOf } from "./tree";

interface Call {
  readonly body: Record<string, unknown>;
  tell(told: Told): void;
  end(error?: unknown): void;
  readonly signal: AbortSignal | undefined;
}

function opened() {
  const items = new Map<string, string>();
  const storage = {
    get length() {
      return items.size;
    },
    key: (index: number) => [...items.keys()][index] ?? null,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    clear: () => items.clear(),
  };
  const calls: Call[] = [];
  const read: ReadEvents = (_, onEvent, { body, signal }) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      calls.push({
        body: body as Record<string, unknown>,
        signal,
        tell: (told) => onEvent({ name: "message", id: "", data: JSON.stringify(told) }),
        end: (error) => (error ? reject(error) : resolve()),
      });
    });
  const store = new ConversationStore(storage);
  return { session: new ChatSession(store, read), store, calls, storage, read };
}

const prompt = (forced: string[] = [], before: string[] = []): Told => ({
  type: "prompt",
  num_tokens: before.length + forced.length,
  num_reused: 0,
  num_forced: forced.length,
  seconds: 0.1,
  tokens: [...before, ...forced].map((text, id) => ({
    id,
    text,
    ...(before.length ? { log_prob: -1 } : {}),
  })),
});
const tokens = (...texts: string[]): Told => ({
  type: "tokens",
  tokens: texts.map((text, place) => ({
    id: 10 + place,
    text,
    log_prob: -1,
    alternatives: [
      [10 + place, text, -1],
      [99, "other", -2],
    ],
  })),
});
const end = (reason = "stop"): Told => ({ type: "end", reason, num_tokens: 2, tokens_per_s: 50 });
const settle = () => new Promise((resolve) => setTimeout(resolve, 60));

function shown(session: ChatSession, lane = 0): string {
  const tree = session.snapshot().conversation?.lanes[lane]?.tree;
  return tree
    ? pathOf(tree)
        .map((node) => node.text)
        .join("|")
    : "";
}

function lastNode(session: ChatSession) {
  const tree = session.snapshot().conversation?.lanes[0]?.tree;
  const node = tree && pathOf(tree).at(-1);
  if (!node) throw new Error("no node");
  return node;
}

describe("a session", () => {
  test("writes an answer, keeps it, and gives it back after the tab was closed", async () => {
    const { session, store, calls, read } = opened();
    session.start("chat", "m");
    session.change({ system: "be short" });
    session.send("hi");
    expect(calls[0]?.body).toMatchObject({
      model: "m",
      turns: [
        { role: "system", content: "be short" },
        { role: "user", content: "hi" },
      ],
      forced_ids: [],
    });
    calls[0]?.tell(prompt());
    calls[0]?.tell(tokens("Hel", "lo"));
    calls[0]?.tell(end());
    calls[0]?.end();
    await settle();
    expect(shown(session)).toBe("hi|Hello");
    expect(lastNode(session)).toMatchObject({
      state: "done",
      stats: { numTokens: 2, tokensPerSecond: 50 },
    });
    expect(session.snapshot().numWriting).toBe(0);
    expect(shown(new ChatSession(store, read))).toBe("hi|Hello");
  });

  test("another token goes on from there in a version of its own; the first one stays", async () => {
    const { session, calls } = opened();
    session.start("chat", "m");
    session.send("hi");
    calls[0]?.tell(tokens("a", "b", "c"));
    calls[0]?.tell(end());
    calls[0]?.end();
    await settle();
    const { id } = lastNode(session);
    session.branch(0, id, 1, [99, "other", -2]);
    expect(calls[1]?.body).toMatchObject({ forced_ids: [10, 99] });
    calls[1]?.tell(prompt(["a", " OTHER"]));
    calls[1]?.tell(tokens("z"));
    calls[1]?.tell(end());
    calls[1]?.end();
    await settle();
    expect(shown(session)).toBe("hi|a OTHERz");
    session.show(0, id);
    expect(shown(session)).toBe("hi|abc");
  });

  test("a stream that breaks off keeps what had come, and goes on from its last token", async () => {
    const { session, calls } = opened();
    session.start("chat", "m");
    session.send("hi");
    calls[0]?.tell(tokens("a", "b"));
    calls[0]?.end(new TypeError("network error"));
    await settle();
    expect(lastNode(session)).toMatchObject({ state: "failed", reason: "cut", text: "ab" });
    session.goOn(0, lastNode(session).id);
    expect(calls[1]?.body).toMatchObject({ forced_ids: [10, 11] });
    calls[1]?.tell(tokens("c"));
    calls[1]?.tell(end());
    calls[1]?.end();
    await settle();
    expect(shown(session)).toBe("hi|abc");
    expect(lastNode(session).state).toBe("done");
  });

  test("a stream that ends without its last event was cut, too", async () => {
    const { session, calls } = opened();
    session.start("chat", "m");
    session.send("hi");
    calls[0]?.tell(tokens("a"));
    calls[0]?.end();
    await settle();
    expect(lastNode(session)).toMatchObject({ state: "failed", reason: "cut", text: "a" });
  });

  test("stopping keeps the text and frees the model", async () => {
    const { session, calls } = opened();
    session.start("chat", "m");
    session.send("hi");
    calls[0]?.tell(tokens("a"));
    session.stop();
    await settle();
    expect(calls[0]?.signal?.aborted).toBe(true);
    expect(lastNode(session)).toMatchObject({ state: "stopped", text: "a" });
  });

  test("two columns get the same question, and each model its own answers", async () => {
    const { session, calls } = opened();
    session.start("chat", "m");
    session.setSideBySide(true, "n");
    session.send("hi");
    expect(calls.map((call) => call.body.model)).toEqual(["m", "n"]);
    calls[0]?.tell(tokens("a"));
    calls[1]?.tell(tokens("b"));
    for (const call of calls) {
      call.tell(end());
      call.end();
    }
    await settle();
    session.send("more");
    expect(calls[3]?.body.turns).toMatchObject([
      { content: "hi" },
      { content: "b" },
      { content: "more" },
    ]);
  });

  test("a text is begun as text, shows the reader's own tokens, and goes on by ids", async () => {
    const { session, calls } = opened();
    session.start("text", "m");
    session.begin("ab");
    expect(calls[0]?.body).toMatchObject({ text: "ab", scores_prompt: true });
    calls[0]?.tell(prompt([], ["a", "b"]));
    calls[0]?.tell(tokens("c"));
    calls[0]?.tell(end("length"));
    calls[0]?.end();
    await settle();
    expect(shown(session)).toBe("ab|c");
    session.extend(0);
    expect(calls[1]?.body).toMatchObject({ ids: [0, 1, 10] });
    expect(calls[1]?.body.text).toBeUndefined();
    session.setModel(0, "other");
    session.extend(0);
    expect(calls[2]?.body).toMatchObject({ text: "abc", model: "other" });
  });

  test("a token of the reader's own text can be exchanged as well", async () => {
    const { session, calls } = opened();
    session.start("text", "m");
    session.begin("ab");
    calls[0]?.tell(prompt([], ["a", "b"]));
    calls[0]?.tell(end());
    calls[0]?.end();
    await settle();
    const tree = session.snapshot().conversation?.lanes[0]?.tree;
    const root = tree && pathOf(tree)[0];
    session.branch(0, root?.id ?? "", 1, [99, "other", -2]);
    expect(calls[1]?.body).toMatchObject({ ids: [0], forced_ids: [99] });
    expect(shown(session)).toBe("a|other");
  });

  test("a stop string takes back what was shown of it", async () => {
    const { session, calls } = opened();
    session.start("text", "m");
    session.begin("a");
    calls[0]?.tell(tokens("b", "c\n", "\nd"));
    calls[0]?.tell({ ...(end() as object), kept: 2, last_text: "c" } as Told);
    calls[0]?.end();
    await settle();
    expect(shown(session)).toBe("a|bc");
  });
});

describe("a stream as the server sends it", () => {
  const text = [
    { type: "tokens", tokens: [{ id: 1, text: "Hello" }] },
    { type: "tokens", tokens: [{ id: 2, text: "研墨，一边一边" }] },
    { type: "tokens", tokens: [{ id: 3, text: "👩‍🔬🎉\n\n" }] },
    { type: "end", reason: "stop" },
  ]
    .map((event) => `data: ${JSON.stringify(event)}\n\n`)
    .join(": still here\n\n");
  const bytes = new TextEncoder().encode(text);
  const whole = JSON.stringify(new SseParser().push(bytes));

  test("gives the same events wherever it is cut", () => {
    expect(JSON.parse(whole)).toHaveLength(4);
    for (let place = 0; place <= bytes.length; place++) {
      const parser = new SseParser();
      const events = [...parser.push(bytes.slice(0, place)), ...parser.push(bytes.slice(place))];
      expect(JSON.stringify(events)).toBe(whole);
    }
  });

  test("gives the same events byte by byte", () => {
    const parser = new SseParser();
    const events = [...bytes].flatMap((byte) => parser.push(Uint8Array.of(byte)));
    expect(JSON.stringify(events)).toBe(whole);
  });
});
