/** Colours of numbers: how deep a share is, and for which side a signed number speaks. */
import type { CSSProperties } from "react";

/** Deep enough to be seen from 1 per cent on, and never so deep that text on it is lost. */
export function shareShade(share: number, deepest = 0.75): CSSProperties {
  const depth = Math.sqrt(Math.max(0, Math.min(1, share))) * deepest;
  return { background: `rgb(var(--for) / ${depth.toFixed(3)})` };
}

/** A number between -`largest` and `largest`: for the answer, or against it. */
export function signedShade(value: number, largest: number, deepest = 0.65): CSSProperties {
  if (largest <= 0) return {};
  const depth = Math.min(1, Math.abs(value) / largest) * deepest;
  const side = value >= 0 ? "--for" : "--against";
  return { background: `rgb(var(${side}) / ${depth.toFixed(3)})` };
}

/** `+1.23`, `-0.04`, `0`. */
export function signed(value: number): string {
  const digits = Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  const text = value.toFixed(digits);
  if (Number(text) === 0) return "0";
  return value > 0 ? `+${text}` : text.replace("-", "−");
}
