/** Several curves over one x axis, as uPlot wants them: every x once, `null` where a curve has none. */
import type { Drawn } from "./thin";

export type Column = (number | null)[];

export interface Joined {
  readonly x: number[];
  /** For each curve its value, its low and its high edge. */
  readonly columns: readonly (readonly [Column, Column | null, Column | null])[];
}

export function join(curves: readonly Drawn[]): Joined {
  const all = curves.length === 1 ? [...(curves[0]?.x ?? [])] : union(curves);
  return {
    x: all,
    columns: curves.map((curve) => [
      spread(curve.x, curve.y, all),
      curve.low && spread(curve.x, curve.low, all),
      curve.high && spread(curve.x, curve.high, all),
    ]),
  };
}

/** The curve without the points that a logarithm does not know. */
export function positive(curve: Drawn, isLogX: boolean, isLogY: boolean): Drawn {
  if (!isLogX && !isLogY) return curve;
  const places: number[] = [];
  curve.x.forEach((x, place) => {
    const value = curve.low?.[place] ?? curve.y[place] ?? 0;
    if ((!isLogX || x > 0) && (!isLogY || value > 0)) places.push(place);
  });
  if (places.length === curve.x.length) return curve;
  const pick = (values: readonly number[]) => places.map((place) => values[place] as number);
  return {
    x: pick(curve.x),
    y: pick(curve.y),
    low: curve.low && pick(curve.low),
    high: curve.high && pick(curve.high),
  };
}

/** The value of a column at `place`, or the last one before it. */
export function valueAt(column: readonly (number | null)[], place: number): number | null {
  for (let index = Math.min(place, column.length - 1); index >= 0; index -= 1) {
    const value = column[index];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

function union(curves: readonly Drawn[]): number[] {
  let size = 0;
  for (const curve of curves) size += curve.x.length;
  const all = new Float64Array(size);
  let end = 0;
  for (const curve of curves) {
    all.set(curve.x, end);
    end += curve.x.length;
  }
  all.sort();
  const found: number[] = [];
  for (const x of all) if (x !== found[found.length - 1]) found.push(x);
  return found;
}

function spread(x: readonly number[], y: readonly number[], all: readonly number[]): Column {
  if (x.length === all.length) return [...y];
  const column: Column = new Array(all.length).fill(null);
  let place = 0;
  for (let index = 0; index < x.length; index += 1) {
    while (all[place] !== x[index]) place += 1;
    column[place] = y[index] as number;
  }
  return column;
}
