import { describe, expect, it } from "vitest";
import { partsOf } from "./spans";

describe("partsOf", () => {
  it("gives the whole text back", () => {
    const text = "𠮷田在北京大学教书";
    const parts = partsOf(text, [
      { start: 0, end: 2, kind: "NAME" },
      { start: 3, end: 7, kind: "ORG" },
    ]);
    expect(parts.map((part) => part.text).join("")).toBe(text);
    expect(parts.filter((part) => part.kind !== null).map((part) => part.text)).toEqual([
      "𠮷田",
      "北京大学",
    ]);
  });

  it("leaves out what overlaps or is empty", () => {
    const parts = partsOf("abcdef", [
      { start: 1, end: 3, kind: "X" },
      { start: 2, end: 4, kind: "Y" },
      { start: 5, end: 5, kind: "Z" },
    ]);
    expect(parts.map((part) => part.kind)).toEqual([null, "X", null]);
  });
});
