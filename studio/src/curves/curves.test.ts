/** Curves: nothing is lost by thinning, smoothing is what it says, joining keeps every point. */
import { describe, expect, it } from "vitest";
import { join, positive, valueAt } from "./join";
import { appended, type Points } from "./points";
import { bandOf, reachOf, smoothed } from "./smooth";
import { thin } from "./thin";

function points(y: readonly number[]): Points {
  return { x: y.map((_, index) => index + 1), y, low: null, high: null, each: 1 };
}

/** Numbers that look random and are the same each time. */
function noise(count: number): number[] {
  let state = 7;
  return Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  });
}

describe("thin", () => {
  const y = noise(10_000);
  y[6789] = 50;
  y[42] = -50;
  const line = { x: y.map((_, index) => index), y, low: null, high: null };

  it("keeps both ends and every spike", () => {
    const thinned = thin(line, 500);
    expect(thinned.x.length).toBeLessThanOrEqual(504);
    expect(thinned.x[0]).toBe(0);
    expect(thinned.x.at(-1)).toBe(9999);
    expect(Math.max(...thinned.y)).toBe(50);
    expect(Math.min(...thinned.y)).toBe(-50);
    expect([...thinned.x].sort((a, b) => a - b)).toEqual(thinned.x);
  });

  it("keeps the extremes of a band", () => {
    const thinned = thin({ ...line, low: y, high: y }, 300);
    expect(thinned.x.length).toBe(300);
    expect(Math.max(...(thinned.high ?? []))).toBe(50);
    expect(Math.min(...(thinned.low ?? []))).toBe(-50);
  });

  it("leaves few points alone", () => {
    expect(thin(line, 20_000)).toBe(line);
  });
});

describe("smoothed", () => {
  it("is the exponential average without its pull towards zero", () => {
    const [first, second, third] = smoothed(points([4, 2, 6]), 0.5);
    expect(first).toBeCloseTo(4);
    expect(second).toBeCloseTo((0.5 * 4 + 2) / 1.5);
    expect(third).toBeCloseTo((0.25 * 4 + 0.5 * 2 + 6) / 1.75);
  });

  it("leaves a constant as it is, and everything with weight 0", () => {
    for (const y of smoothed(points([3, 3, 3, 3]), 0.9)) expect(y).toBeCloseTo(3);
    expect(smoothed(points([1, 5, 2]), 0)).toEqual([1, 5, 2]);
  });

  it("counts a bucket as often as it holds points", () => {
    const alone = smoothed(points([1, 1, 1, 1, 0, 0, 0, 0]), 0.8).at(-1) ?? 0;
    const together = smoothed({ ...points([1, 0]), each: 4 }, 0.8).at(-1) ?? 1;
    expect(together).toBeCloseTo(alone);
  });
});

describe("bandOf", () => {
  it("spans the values that the average reaches", () => {
    const y = noise(400);
    const { low, high } = bandOf(points(y), 7);
    y.forEach((_, index) => {
      const reached = y.slice(Math.max(0, index - 6), index + 1);
      expect(low[index]).toBe(Math.min(...reached));
      expect(high[index]).toBe(Math.max(...reached));
    });
    expect(reachOf(0.9)).toBe(10);
    expect(reachOf(0)).toBe(1);
  });
});

describe("appended", () => {
  it("adds what is beyond the end, once", () => {
    const grown = appended(points([1, 2]), { ...points([9, 9, 3]), x: [1, 2, 3] });
    expect(grown.x).toEqual([1, 2, 3]);
    expect(grown.y).toEqual([1, 2, 3]);
    expect(appended(grown, points([5, 5]))).toBe(grown);
  });

  it("gives new points a band where the others have one", () => {
    const before = { ...points([1]), low: [0], high: [2], each: 4 };
    const grown = appended(before, { ...points([5]), x: [2] });
    expect([grown.low, grown.high]).toEqual([
      [0, 5],
      [2, 5],
    ]);
  });
});

describe("join", () => {
  const a = { x: [1, 3, 5], y: [10, 30, 50], low: null, high: null };
  const b = { x: [2, 3], y: [7, 8], low: [6, 7], high: [8, 9] };

  it("has every x once and every value in its place", () => {
    const { x, columns } = join([a, b]);
    expect(x).toEqual([1, 2, 3, 5]);
    expect(columns[0]?.[0]).toEqual([10, null, 30, 50]);
    expect(columns[1]).toEqual([
      [null, 7, 8, null],
      [null, 6, 7, null],
      [null, 8, 9, null],
    ]);
  });

  it("reads the last value before the pointer", () => {
    expect(valueAt([10, null, 30, null], 1)).toBe(10);
    expect(valueAt([null, 7], 0)).toBeNull();
  });

  it("leaves out what a logarithm does not know", () => {
    const line = { x: [0, 1, 2], y: [1, -1, 3], low: null, high: null };
    expect(positive(line, true, true).x).toEqual([2]);
    expect(positive(line, true, false).x).toEqual([1, 2]);
    expect(positive(line, false, false)).toBe(line);
  });
});
