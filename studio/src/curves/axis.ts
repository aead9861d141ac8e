/** What curves lie over, and how its numbers are written. */
import { compact, duration } from "../numbers/format";

export type Axis = "step" | "tokens" | "time" | "flops";

export const AXES: readonly Axis[] = ["step", "tokens", "time", "flops"];

export function formatAxis(axis: Axis, value: number): string {
  if (axis === "time") return duration(value);
  if (axis === "flops") return value === 0 ? "0" : value.toExponential(value >= 1e4 ? 1 : 0);
  return compact(value);
}
