/** Where figures and their intervals stand on a line that several of them share. */
import type { Interval } from "./types";

export interface Scale {
  readonly low: number;
  readonly high: number;
}

interface Placed {
  readonly value: number | null | undefined;
  readonly interval?: Interval | null | undefined;
}

const ROOM = 0.04;

/** A line on which all of them have room; figures between 0 and 1 keep within these. */
export function scaleOf(figures: readonly Placed[]): Scale {
  const ends = figures.flatMap(({ value, interval }) =>
    value === null || value === undefined ? [] : [value, ...(interval ?? [])],
  );
  if (ends.length === 0) return { low: 0, high: 1 };
  const least = Math.min(...ends);
  const most = Math.max(...ends);
  const room = (most - least || Math.abs(most) || 1) * ROOM;
  const isShare = least >= 0 && most <= 1;
  return {
    low: isShare ? Math.max(0, least - room) : least - room,
    high: isShare ? Math.min(1, most + room) : most + room,
  };
}

/** 0 to 100, kept within the line. */
export function placeOn({ low, high }: Scale, value: number): number {
  if (high <= low) return 50;
  return Math.min(100, Math.max(0, (100 * (value - low)) / (high - low)));
}
