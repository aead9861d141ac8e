/** What the tints of tokens mean. */
import { useWords } from "../../i18n/useLanguage";
import { TINT_BOUNDS } from "./tint";

export function TintLegend() {
  const { chat: words } = useWords();
  return (
    <div className="legend small faint">
      <span>{words.legend} ≥</span>
      {TINT_BOUNDS.map((bound, index) => (
        <span key={bound} className={`legend__step tint-${index}`}>
          {bound === 0 ? `<${boundText(index - 1)}` : boundText(index)}
        </span>
      ))}
      <span className="legend__hint">{words.legendHint}</span>
    </div>
  );
}

function boundText(index: number): string {
  return `${Number(((TINT_BOUNDS[index] ?? 0) * 100).toPrecision(2))}%`;
}
