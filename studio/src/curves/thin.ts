/** As many points as a screen can show, with every spike among them. */
export interface Drawn {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly low: readonly number[] | null;
  readonly high: readonly number[] | null;
}

/** At most about `most` points: without a band the extremes of each bucket, with one its edges. */
export function thin(drawn: Drawn, most: number): Drawn {
  if (drawn.x.length <= most) return drawn;
  return drawn.low && drawn.high ? thinBand(drawn, most) : thinLine(drawn, most);
}

function thinLine({ x, y }: Drawn, most: number): Drawn {
  const buckets = Math.max(1, Math.floor(most / 2));
  const kept = new Set([0, y.length - 1]);
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const start = Math.floor((bucket * y.length) / buckets);
    const end = Math.floor(((bucket + 1) * y.length) / buckets);
    let least = start;
    let greatest = start;
    for (let index = start + 1; index < end; index += 1) {
      const value = y[index] as number;
      if (value < (y[least] as number)) least = index;
      if (value > (y[greatest] as number)) greatest = index;
    }
    kept.add(least).add(greatest);
  }
  const places = [...kept].sort((a, b) => a - b);
  return { x: pick(x, places), y: pick(y, places), low: null, high: null };
}

function thinBand({ x, y, low, high }: Drawn, most: number): Drawn {
  const places: number[] = [];
  const lows: number[] = [];
  const highs: number[] = [];
  for (let bucket = 0; bucket < most; bucket += 1) {
    const start = Math.floor((bucket * y.length) / most);
    const end = Math.floor(((bucket + 1) * y.length) / most);
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    for (let index = start; index < end; index += 1) {
      least = Math.min(least, low?.[index] ?? least);
      greatest = Math.max(greatest, high?.[index] ?? greatest);
    }
    places.push(bucket === 0 ? start : end - 1);
    lows.push(least);
    highs.push(greatest);
  }
  return { x: pick(x, places), y: pick(y, places), low: lows, high: highs };
}

function pick(values: readonly number[], places: readonly number[]): number[] {
  return places.map((place) => values[place] as number);
}
