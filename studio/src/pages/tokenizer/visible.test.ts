import { describe, expect, it } from "vitest";
import { visiblePieces } from "./visible";

describe("visiblePieces", () => {
  it("shows what cannot be seen", () => {
    const kinds = visiblePieces(" a\n\t\u3000b\u200b").map((piece) => piece.kind);
    expect(kinds).toEqual(["space", "text", "newline", "tab", "space", "text", "other"]);
  });

  it("leaves plain text as it is", () => {
    expect(visiblePieces("研墨 ink")).toEqual([
      { kind: "text", shown: "研墨" },
      { kind: "space", shown: "·" },
      { kind: "text", shown: "ink" },
    ]);
  });

  it("does not take an emoji apart", () => {
    expect(visiblePieces("👩‍💻")).toHaveLength(1);
  });

  it("is empty for nothing", () => {
    expect(visiblePieces("")).toEqual([]);
  });
});
