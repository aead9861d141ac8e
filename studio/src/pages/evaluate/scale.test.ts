import { describe, expect, it } from "vitest";
import { placeOn, scaleOf } from "./scale";

describe("scaleOf", () => {
  it("has room for every interval", () => {
    const scale = scaleOf([
      { value: 2.1, interval: [1.9, 2.4] },
      { value: 3, interval: null },
      { value: null },
    ]);
    expect(scale.low).toBeLessThan(1.9);
    expect(scale.high).toBeGreaterThan(3);
  });

  it("keeps shares within 0 and 1", () => {
    expect(scaleOf([{ value: 0, interval: [0, 1] }])).toEqual({ low: 0, high: 1 });
  });

  it("is a line even for nothing and for one point", () => {
    expect(scaleOf([])).toEqual({ low: 0, high: 1 });
    const { low, high } = scaleOf([{ value: 5 }]);
    expect(high).toBeGreaterThan(low);
  });
});

describe("placeOn", () => {
  it("never leaves the line", () => {
    expect(placeOn({ low: 0, high: 2 }, 3)).toBe(100);
    expect(placeOn({ low: 0, high: 2 }, -1)).toBe(0);
    expect(placeOn({ low: 0, high: 2 }, 1)).toBe(50);
    expect(placeOn({ low: 1, high: 1 }, 1)).toBe(50);
  });
});
