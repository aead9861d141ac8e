/** Exponential moving averages, and the band of the values that they reach. */
import type { Points } from "./points";

/**
 * The moving average of `points.y` with `weight` (0 to 1) on what was before, without its pull
 * towards zero at the beginning. A bucket counts as often as it holds points.
 */
export function smoothed(points: Points, weight: number): number[] {
  const kept = weight ** points.each;
  let sum = 0;
  let norm = 0;
  return points.y.map((y) => {
    sum = kept * sum + (1 - kept) * y;
    norm = kept * norm + (1 - kept);
    return sum / norm;
  });
}

/** How many points back an average with `weight` reaches. */
export function reachOf(weight: number): number {
  return weight <= 0 ? 1 : Math.max(1, Math.round(1 / (1 - weight)));
}

export interface Band {
  readonly low: number[];
  readonly high: number[];
}

/** The least and the greatest value among the last `reach` points, at every point. */
export function bandOf(points: Points, reach: number): Band {
  const width = Math.max(1, Math.round(reach / points.each));
  return {
    low: rollingExtreme(points.low ?? points.y, width, (a, b) => a <= b),
    high: rollingExtreme(points.high ?? points.y, width, (a, b) => a >= b),
  };
}

function rollingExtreme(
  values: readonly number[],
  width: number,
  isBetter: (a: number, b: number) => boolean,
): number[] {
  // Places of values that may yet be the extreme, the best first.
  const places = new Int32Array(values.length);
  let head = 0;
  let tail = 0;
  return values.map((value, index) => {
    while (tail > head && isBetter(value, values[places[tail - 1] ?? 0] ?? value)) tail -= 1;
    places[tail] = index;
    tail += 1;
    while ((places[head] ?? index) <= index - width) head += 1;
    return values[places[head] ?? index] ?? value;
  });
}
