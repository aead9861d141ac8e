/** A text with its marks. */
import { useMemo } from "react";
import { segmentsOf } from "./marks";
import type { Mark } from "./types";

interface MarkedProps {
  readonly text: string;
  readonly marks: readonly Mark[];
  /** What a mark says when the pointer rests on it. */
  readonly titleOf?: (what: string) => string;
}

export function Marked({ text, marks, titleOf }: MarkedProps) {
  const placed = useMemo(() => {
    let at = 0;
    return segmentsOf(text, marks).map((segment) => {
      const start = at;
      at += segment.text.length;
      return { ...segment, start };
    });
  }, [text, marks]);
  return (
    <>
      {placed.map(({ start, what, text: piece }) =>
        what === null ? (
          piece
        ) : (
          <mark key={start} className={`mark mark--${what.split(":")[0]}`} title={titleOf?.(what)}>
            {piece}
          </mark>
        ),
      )}
    </>
  );
}
