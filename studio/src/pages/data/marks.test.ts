import { describe, expect, it } from "vitest";
import { foundMarks, segmentsOf } from "./marks";

describe("segmentsOf", () => {
  it("gives the whole text back, marked or not", () => {
    const text = "邮箱 <EMAIL>，𠮷野家 and 🙂 more";
    const segments = segmentsOf(text, [
      [3, 10, "private:email"],
      [11, 14, "offence"],
      [12, 20, "offence"],
      [90, 99, "offence"],
    ]);
    expect(segments.map((one) => one.text).join("")).toBe(text);
    expect(segments[1]).toEqual({ text: "<EMAIL>", what: "private:email" });
  });

  it("counts a character outside the basic plane once", () => {
    expect(segmentsOf("𠮷a", [[1, 2, "offence"]])).toEqual([
      { text: "𠮷", what: null },
      { text: "a", what: "offence" },
    ]);
  });

  it("is empty for an empty text", () => {
    expect(segmentsOf("", [[0, 3, "offence"]])).toEqual([]);
  });
});

describe("foundMarks", () => {
  it("finds every place in any case", () => {
    expect(foundMarks("Ink, ink, 墨", "INK")).toEqual([
      [0, 3, "found"],
      [5, 8, "found"],
    ]);
    expect(foundMarks("墨墨", "墨")).toHaveLength(2);
    expect(foundMarks("anything", "")).toEqual([]);
  });
});
