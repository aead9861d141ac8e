/** What might have stood in a token's place, with probabilities; choosing one goes on from there. */
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Segments } from "../../components/Segments";
import { useWords } from "../../i18n/useLanguage";
import { percent, rankOf, visible } from "./tint";
import type { Alternative, Token } from "./types";

const WIDTH = 280;

interface AlternativesProps {
  /** The tokens of one character or word; mostly one. */
  readonly tokens: readonly Token[];
  readonly anchor: HTMLElement;
  readonly onClose: () => void;
  readonly onChoose: ((offset: number, alternative: Alternative) => void) | null;
}

export function Alternatives({ tokens, anchor, onClose, onChoose }: AlternativesProps) {
  const { chat: words } = useWords();
  const [offset, setOffset] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: 0, top: 0 });
  const token = tokens[offset] ?? tokens[0];

  useLayoutEffect(() => {
    const frame = box.current?.offsetParent;
    const rectangle = anchor.getClientRects()[0];
    if (!rectangle || !frame) return;
    const origin = frame.getBoundingClientRect();
    const room = Math.max(0, frame.clientWidth - WIDTH);
    const left = Math.max(0, Math.min(rectangle.left - origin.left, room));
    setPlace({ left, top: rectangle.bottom - origin.top + 4 });
  }, [anchor]);

  const closing = useRef(onClose);
  closing.current = onClose;
  useEffect(() => {
    const chosen = box.current?.querySelector<HTMLElement>("[aria-current=true], .option");
    chosen?.focus();
    box.current?.scrollIntoView({ block: "nearest" });
    const leave = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) closing.current();
    };
    document.addEventListener("pointerdown", leave);
    return () => document.removeEventListener("pointerdown", leave);
  }, []);

  if (!token) return null;
  const rows = rowsOf(token);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      onClose();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const options = [...(box.current?.querySelectorAll<HTMLElement>(".option") ?? [])];
    const now = options.indexOf(document.activeElement as HTMLElement);
    options[(now + step + options.length) % options.length]?.focus();
  };

  return (
    <div
      ref={box}
      className="alternatives"
      role="dialog"
      aria-label={words.alternatives}
      style={{ left: place.left, top: place.top, width: `min(${WIDTH}px, 100%)` }}
      onKeyDown={onKeyDown}
    >
      {tokens.length > 1 ? (
        <Segments
          label={words.partOfCharacter}
          value={String(offset)}
          options={tokens.map((part, index) => ({ value: String(index), label: labelOf(part) }))}
          onChange={(value) => setOffset(Number(value))}
        />
      ) : null}
      <ul>
        {rows.map(({ alternative, isChosen }) => (
          <li key={alternative[0]}>
            <button
              type="button"
              className="option"
              aria-current={isChosen}
              aria-disabled={onChoose === null}
              onClick={() => (isChosen ? onClose() : onChoose?.(offset, alternative))}
            >
              <i className="option__bar" style={{ width: `${100 * Math.exp(alternative[2])}%` }} />
              <code>{visible(alternative[1])}</code>
              <span>{percent(Math.exp(alternative[2]))}</span>
            </button>
          </li>
        ))}
      </ul>
      <p className="small faint">
        {onChoose === null ? words.alternativesFixed : words.alternativesHint}
      </p>
    </div>
  );
}

interface Row {
  readonly alternative: Alternative;
  readonly isChosen: boolean;
}

/** The most probable tokens, and the one that stands there where it is not among them. */
function rowsOf(token: Token): Row[] {
  const rows: Row[] = (token.alternatives ?? []).map((alternative) => ({
    alternative,
    isChosen: alternative[0] === token.id,
  }));
  if (rankOf(token) === null && token.log_prob !== undefined) {
    rows.push({ alternative: [token.id, labelOf(token), token.log_prob], isChosen: true });
  }
  return rows;
}

function labelOf(token: Token): string {
  const named = token.alternatives?.find(([id]) => id === token.id)?.[1];
  return named ?? (token.text === "" ? `#${token.id}` : token.text);
}
