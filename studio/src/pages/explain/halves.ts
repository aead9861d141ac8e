/** Numbers of 16 bits (IEEE 754 binary16, little-endian) as JavaScript has them. */
import type { Attention, LayerMap, Part } from "./types";

/** One number out of its bits: a sign, 5 of exponent, 10 of fraction. */
export function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const TABLE = new Float32Array(1 << 16);
let isFilled = false;

export function halvesOf(buffer: ArrayBuffer): Float32Array {
  if (!isFilled) {
    for (let bits = 0; bits < TABLE.length; bits++) TABLE[bits] = halfOf(bits);
    isFilled = true;
  }
  const view = new DataView(buffer);
  const numbers = new Float32Array(buffer.byteLength >> 1);
  for (let place = 0; place < numbers.length; place++) {
    numbers[place] = TABLE[view.getUint16(2 * place, true)] ?? 0;
  }
  return numbers;
}

interface MapsTold {
  readonly maps: readonly {
    readonly part: Part;
    readonly layer: number;
    readonly shape: readonly [number, number, number];
  }[];
}

/** The layers of an answer whose header tells their shapes. */
export function attentionOf(header: string, buffer: ArrayBuffer): Attention {
  const told = JSON.parse(header) as MapsTold;
  const numbers = halvesOf(buffer);
  let begin = 0;
  const maps: LayerMap[] = told.maps.map(({ part, layer, shape }) => {
    const [numHeads, numQueries, numKeys] = shape;
    const size = numHeads * numQueries * numKeys;
    const weights = numbers.subarray(begin, begin + size);
    begin += size;
    return { part, layer, numHeads, numQueries, numKeys, weights };
  });
  return { maps };
}

/** The weight with which `query` looks at `key` in one head. */
export function weightOf(map: LayerMap, head: number, query: number, key: number): number {
  return map.weights[(head * map.numQueries + query) * map.numKeys + key] ?? 0;
}

export type Habit = "first" | "itself" | "before" | "spread";

/** Where a head looks most: on average over its queries, the share of each habit. */
export function habitOf(map: LayerMap, head: number): { habit: Habit; share: number } {
  const sums = { first: 0, itself: 0, before: 0 };
  let count = 0;
  for (let query = 1; query < map.numQueries; query++) {
    sums.first += weightOf(map, head, query, 0);
    sums.itself += weightOf(map, head, query, query);
    sums.before += query > 1 ? weightOf(map, head, query, query - 1) : 0;
    count += 1;
  }
  const isSquare = map.numQueries === map.numKeys;
  const names = isSquare ? (["first", "itself", "before"] as const) : (["first"] as const);
  const best = names.reduce((a, b) => (sums[b] > sums[a] ? b : a));
  const share = count === 0 ? 0 : sums[best] / count;
  return share >= 0.4 ? { habit: best, share } : { habit: "spread", share };
}
