/** Page after page of something that was found. */
import { useWords } from "../../i18n/useLanguage";
import { whole } from "../../numbers/format";

interface PagerProps {
  readonly start: number;
  readonly size: number;
  readonly found: number;
  readonly onTurn: (start: number) => void;
}

export function Pager({ start, size, found, onTurn }: PagerProps) {
  const { evaluate: words } = useWords();
  if (found <= size && start === 0) return null;
  return (
    <div className="pager">
      <button
        type="button"
        className="button button--small"
        disabled={start === 0}
        onClick={() => onTurn(Math.max(0, start - size))}
      >
        {words.items.previous}
      </button>
      <button
        type="button"
        className="button button--small"
        disabled={start + size >= found}
        onClick={() => onTurn(start + size)}
      >
        {words.items.next}
      </button>
      <span className="small muted" aria-live="polite">
        {words.items.page(
          whole(Math.min(start + 1, found)),
          whole(Math.min(start + size, found)),
          whole(found),
        )}
      </span>
    </div>
  );
}
