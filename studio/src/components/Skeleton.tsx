/** Grey lines where text will be, while it is read. */
import { useWords } from "../i18n/useLanguage";

const WIDTHS = ["62%", "88%", "74%", "93%", "56%", "81%", "68%", "90%"];

export function Skeleton({ lines = 4 }: { readonly lines?: number }) {
  const { shell } = useWords();
  return (
    <div className="skeleton" role="status" aria-label={shell.loading}>
      {WIDTHS.slice(0, lines).map((width) => (
        <i key={width} style={{ width }} />
      ))}
    </div>
  );
}
