/** A figure as a dot, and its interval as a line through it, on a scale shared with others. */
import { placeOn, type Scale } from "./scale";
import type { Interval } from "./types";

interface WhiskerProps {
  readonly scale: Scale;
  readonly value: number | null | undefined;
  readonly interval?: Interval | null | undefined;
  /** Where something else stands that it is compared with. */
  readonly beside?: number | null | undefined;
  readonly isPale?: boolean;
}

export function Whisker({ scale, value, interval, beside, isPale = false }: WhiskerProps) {
  if (value === null || value === undefined) return null;
  const at = (number: number) => `${placeOn(scale, number)}%`;
  return (
    <span className="whisker" data-pale={isPale} aria-hidden="true">
      {beside !== null && beside !== undefined ? (
        <i className="whisker__beside" style={{ left: at(beside) }} />
      ) : null}
      {interval ? (
        <i
          className="whisker__interval"
          style={{
            left: at(interval[0]),
            width: `${placeOn(scale, interval[1]) - placeOn(scale, interval[0])}%`,
          }}
        />
      ) : null}
      <i className="whisker__dot" style={{ left: at(value) }} />
    </span>
  );
}
