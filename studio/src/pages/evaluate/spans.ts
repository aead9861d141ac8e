/** A text cut at the things that are named in it. */
import type { Span } from "./types";

export interface Part {
  readonly start: number;
  readonly text: string;
  readonly kind: string | null;
}

/** The whole text in parts. Places count code points, as the server does. */
export function partsOf(text: string, spans: readonly Span[]): Part[] {
  const points = Array.from(text);
  const parts: Part[] = [];
  let reached = 0;
  for (const { start, end, kind } of spans) {
    if (start < reached || end <= start) continue;
    if (start > reached)
      parts.push({ start: reached, text: points.slice(reached, start).join(""), kind: null });
    parts.push({ start, text: points.slice(start, end).join(""), kind });
    reached = end;
  }
  if (reached < points.length)
    parts.push({ start: reached, text: points.slice(reached).join(""), kind: null });
  return parts;
}
