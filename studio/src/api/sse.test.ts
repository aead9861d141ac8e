/** Streams cut anywhere say the same. */
import { describe, expect, it } from "vitest";
import { type ServerEvent, SseParser } from "./sse";

const STREAM = [
  ": a comment\n\n",
  'event: points\nid: 7\ndata: {"text": "研墨，墨香 🖌"}\n\n',
  "data: two\r\ndata: lines\r\n\r\n",
  "data\n\n",
  "event: empty\n\n",
  "data:no space\rdata:  two spaces\r\r",
  "data: last\n\n",
].join("");

const EXPECTED: ServerEvent[] = [
  { name: "points", data: '{"text": "研墨，墨香 🖌"}', id: "7" },
  { name: "message", data: "two\nlines", id: "7" },
  { name: "message", data: "", id: "7" },
  { name: "message", data: "no space\n two spaces", id: "7" },
  { name: "message", data: "last", id: "7" },
];

const bytes = new TextEncoder().encode(STREAM);

describe("SseParser", () => {
  it("reads a whole stream", () => {
    expect(new SseParser().push(bytes)).toEqual(EXPECTED);
  });

  it("reads a stream cut at every byte boundary", () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const parser = new SseParser();
      const found = [...parser.push(bytes.slice(0, cut)), ...parser.push(bytes.slice(cut))];
      expect(found).toEqual(EXPECTED);
    }
  });

  it("reads a stream byte by byte", () => {
    const parser = new SseParser();
    const found = [...bytes].flatMap((byte) => parser.push(new Uint8Array([byte])));
    expect(found).toEqual(EXPECTED);
  });
});
