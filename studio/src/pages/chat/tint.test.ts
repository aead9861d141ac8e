import { describe, expect, test } from "vitest";
import { groupsOf, percent, rankOf, tintOf, visible } from "./tint";
import type { Token } from "./types";

describe("tints", () => {
  test("deepen as probability falls, and never run out", () => {
    const tints = [1, 0.9, 0.6, 0.3, 0.1, 0.02, 0.005, 1e-9].map((p) => tintOf(Math.log(p)));
    expect(tints).toEqual([0, 0, 1, 2, 3, 4, 5, 6]);
    expect(tintOf(Number.NEGATIVE_INFINITY)).toBe(6);
  });

  test("a character of several tokens is one group with the product of their probabilities", () => {
    const tokens: Token[] = [
      { id: 1, text: "a", log_prob: -1 },
      { id: 2, text: "", log_prob: -2 },
      { id: 3, text: "", log_prob: -3 },
      { id: 4, text: "研", log_prob: -4 },
      { id: 5, text: "<|end|>", special: true },
      { id: 6, text: "", log_prob: -1 },
    ];
    const groups = groupsOf(tokens);
    expect(groups.map((group) => group.text)).toEqual(["a", "研", "<|end|>", ""]);
    expect(groups[1]).toMatchObject({ start: 1, end: 4, logProb: -9 });
    expect(groups[2]).toMatchObject({ isSpecial: true, logProb: null });
    expect(groups.map((group) => [group.start, group.end])).toEqual([
      [0, 1],
      [1, 4],
      [4, 5],
      [5, 6],
    ]);
  });

  test("the rank of a token is its place among those that were possible", () => {
    const alternatives = [[7, "x", -0.1] as const, [8, "y", -3] as const];
    expect(rankOf({ id: 8, text: "y", alternatives })).toBe(2);
    expect(rankOf({ id: 9, text: "z", alternatives })).toBeNull();
  });

  test("numbers and invisible characters are readable", () => {
    expect([1, 0.5, 0.031, 0.0002, 1e-7, 0].map(percent)).toEqual([
      "100%",
      "50%",
      "3.1%",
      "0.02%",
      "<0.01%",
      "0.00%",
    ]);
    expect(visible(" a\n\t")).toBe("␣a⏎⇥");
  });
});
