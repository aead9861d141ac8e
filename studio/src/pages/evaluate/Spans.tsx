/** A text with named things marked in colours, one colour for each kind. */
import { seriesColor } from "../../theme/colors";
import { useIsDark } from "../../theme/theme";
import { colorNumber, partsOf } from "./spans";
import type { Span } from "./types";

interface SpansProps {
  readonly text: string;
  readonly spans: readonly Span[];
}

export function Spans({ text, spans }: SpansProps) {
  const isDark = useIsDark();
  return (
    <span className="spans">
      {partsOf(text, spans).map((part) =>
        part.kind === null ? (
          part.text
        ) : (
          <mark
            key={part.start}
            style={{ "--kind": seriesColor(colorNumber(part.kind), isDark) } as React.CSSProperties}
          >
            {part.text}
            <small>{part.kind}</small>
          </mark>
        ),
      )}
    </span>
  );
}
