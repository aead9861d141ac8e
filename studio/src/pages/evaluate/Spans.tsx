/** A text with named things marked in colours, one colour for each kind. */
import { seriesColor } from "../../theme/colors";
import { useIsDark } from "../../theme/theme";
import { partsOf } from "./spans";
import type { Span } from "./types";

interface SpansProps {
  readonly text: string;
  readonly spans: readonly Span[];
  /** In a fixed order, which gives the colours. */
  readonly kinds: readonly string[];
}

export function Spans({ text, spans, kinds }: SpansProps) {
  const isDark = useIsDark();
  return (
    <span className="spans">
      {partsOf(text, spans).map((part) =>
        part.kind === null ? (
          part.text
        ) : (
          <mark
            key={part.start}
            style={
              {
                "--kind": seriesColor(Math.max(0, kinds.indexOf(part.kind)), isDark),
              } as React.CSSProperties
            }
          >
            {part.text}
            <small>{part.kind}</small>
          </mark>
        ),
      )}
    </span>
  );
}
