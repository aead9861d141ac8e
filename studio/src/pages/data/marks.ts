/** A text cut at the places that are marked in it. */
import type { Mark } from "./types";

export interface Segment {
  readonly text: string;
  /** What is marked, or null for plain text. */
  readonly what: string | null;
}

/**
 * The whole of `text` in segments. Places count code points, as the server does, and not the
 * halves of which JavaScript makes rare characters. Where marks overlap, the earlier one wins.
 */
export function segmentsOf(text: string, marks: readonly Mark[]): Segment[] {
  const points = Array.from(text);
  const segments: Segment[] = [];
  let reached = 0;
  for (const [begin, end, what] of marks) {
    const from = Math.max(begin, reached);
    const to = Math.min(end, points.length);
    if (to <= from) continue;
    if (from > reached) segments.push({ text: points.slice(reached, from).join(""), what: null });
    segments.push({ text: points.slice(from, to).join(""), what });
    reached = to;
  }
  if (reached < points.length) segments.push({ text: points.slice(reached).join(""), what: null });
  return segments;
}

/** Where `wanted` stands in a snippet, in any case of its letters, as marks. */
export function foundMarks(text: string, wanted: string): Mark[] {
  if (!wanted) return [];
  const points = Array.from(text.toLowerCase());
  const sought = Array.from(wanted.toLowerCase());
  const marks: Mark[] = [];
  for (let at = 0; at + sought.length <= points.length; at += 1) {
    if (sought.every((point, place) => points[at + place] === point)) {
      marks.push([at, at + sought.length, "found"]);
      at += sought.length - 1;
    }
  }
  return marks;
}
