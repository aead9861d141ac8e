import { describe, expect, test } from "vitest";
import { attentionOf, habitOf, halfOf, weightOf } from "./halves";

describe("16-bit numbers", () => {
  test("are read as IEEE 754 says", () => {
    const known: [number, number][] = [
      [0x0000, 0],
      [0x3c00, 1],
      [0xbc00, -1],
      [0x3800, 0.5],
      [0x3555, 0.333251953125],
      [0x0001, 2 ** -24],
      [0x03ff, 1023 * 2 ** -24],
      [0x0400, 2 ** -14],
      [0x7bff, 65504],
      [0x7c00, Number.POSITIVE_INFINITY],
      [0xfc00, Number.NEGATIVE_INFINITY],
    ];
    for (const [bits, value] of known) expect(halfOf(bits)).toBe(value);
    expect(halfOf(0x7e00)).toBeNaN();
  });

  test("become layers of the shapes that the header tells", () => {
    const values = [0x3c00, 0, 0x3800, 0x3800, 0x3c00, 0, 0, 0x3c00, 0x3400];
    const buffer = new ArrayBuffer(2 * values.length);
    const view = new DataView(buffer);
    for (const [place, bits] of values.entries()) view.setUint16(2 * place, bits, true);
    const header = JSON.stringify({
      maps: [
        { part: "self", layer: 0, shape: [2, 2, 2] },
        { part: "cross", layer: 1, shape: [1, 1, 1] },
      ],
    });
    const { maps } = attentionOf(header, buffer);
    const [first, second] = maps;
    if (!first || !second) throw new Error("two layers");
    expect(weightOf(first, 0, 1, 1)).toBe(0.5);
    expect(weightOf(first, 1, 1, 1)).toBe(1);
    expect(weightOf(second, 0, 0, 0)).toBe(0.25);
    expect(habitOf(first, 1)).toEqual({ habit: "itself", share: 1 });
  });
});
