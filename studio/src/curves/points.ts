/** A curve as the server gives it: points, or buckets of points with their extremes. */
export interface Points {
  readonly x: readonly number[];
  /** The value, or the mean of a bucket. */
  readonly y: readonly number[];
  /** The least and the greatest of each bucket; `null` where no points were put together. */
  readonly low: readonly number[] | null;
  readonly high: readonly number[] | null;
  /** How many points a bucket holds, on average. */
  readonly each: number;
}

export const NO_POINTS: Points = { x: [], y: [], low: null, high: null, each: 1 };

/** `points` with `more` after them; what is not beyond the last x is left out. */
export function appended(points: Points, more: Points): Points {
  const last = points.x.at(-1) ?? Number.NEGATIVE_INFINITY;
  const start = more.x.findIndex((x) => x > last);
  if (start < 0) return points;
  const isBucketed = points.low !== null || more.low !== null;
  return {
    x: [...points.x, ...more.x.slice(start)],
    y: [...points.y, ...more.y.slice(start)],
    low: isBucketed ? [...(points.low ?? points.y), ...(more.low ?? more.y).slice(start)] : null,
    high: isBucketed ? [...(points.high ?? points.y), ...(more.high ?? more.y).slice(start)] : null,
    each: points.each,
  };
}
