/**
 * A text as its tokens: the tint tells how probable each was; a click, or Enter, shows what might
 * have stood there. Arrow keys walk from token to token.
 */
import { type KeyboardEvent, type MouseEvent, memo, useRef, useState } from "react";
import { useWords } from "../../i18n/useLanguage";
import { Alternatives } from "./Alternatives";
import { type Group, groupsOf, percent, tintOf } from "./tint";
import type { Alternative, Token } from "./types";

/** Tokens of one block; blocks that are complete are not drawn again while a text grows. */
const BLOCK = 80;

interface TokenTextProps {
  readonly tokens: readonly Token[];
  readonly isWriting: boolean;
  /** Whether another token may be chosen; nothing happens on a click where nothing is known. */
  readonly onChoose: ((place: number, alternative: Alternative) => void) | null;
}

interface Opened {
  readonly group: Group;
  readonly element: HTMLElement;
}

export function TokenText({ tokens, isWriting, onChoose }: TokenTextProps) {
  const { chat: words } = useWords();
  const root = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<Opened | null>(null);

  const open = (element: HTMLElement) => {
    const start = Number(element.dataset.start);
    const group = groupsOf(tokens, start, Number(element.dataset.end))[0];
    if (group && tokens[start]?.alternatives) setOpened({ group, element });
  };
  const onClick = (event: MouseEvent) => {
    const element = tokenElement(event.target);
    if (element && window.getSelection()?.isCollapsed !== false) open(element);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const element = tokenElement(event.target);
    if (!element) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(element);
      return;
    }
    const next = neighbour(root.current, element, event.key);
    if (!next) return;
    event.preventDefault();
    element.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
  const close = () => {
    opened?.element.focus();
    setOpened(null);
  };

  return (
    <div className="tokens" ref={root}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the tokens inside are the buttons. */}
      <div className="tokens__text" onClick={onClick} onKeyDown={onKeyDown}>
        {blocksOf(tokens.length).map(([start, end]) => (
          <TokenBlock
            key={start}
            tokens={tokens}
            start={start}
            end={end}
            isFirst={start === 0}
            isOpenEnded={isWriting && end === tokens.length}
            describe={words.tokenTold}
          />
        ))}
        {isWriting ? <i className="tokens__caret" aria-hidden="true" /> : null}
      </div>
      {opened ? (
        <Alternatives
          tokens={tokens.slice(opened.group.start, opened.group.end)}
          anchor={opened.element}
          onClose={close}
          onChoose={
            onChoose &&
            ((offset, alternative) => {
              setOpened(null);
              onChoose(opened.group.start + offset, alternative);
            })
          }
        />
      ) : null}
    </div>
  );
}

interface BlockProps {
  readonly tokens: readonly Token[];
  readonly start: number;
  readonly end: number;
  readonly isFirst: boolean;
  readonly isOpenEnded: boolean;
  readonly describe: (text: string, probability: string) => string;
}

const TokenBlock = memo(
  function TokenBlock({ tokens, start, end, isFirst, describe }: BlockProps) {
    return groupsOf(tokens, start, end).map((group, index) => (
      <TokenSpan
        key={group.start}
        group={group}
        isStop={isFirst && index === 0}
        describe={describe}
      />
    ));
  },
  (before, after) =>
    before.end === after.end &&
    before.describe === after.describe &&
    before.tokens[before.start] === after.tokens[after.start] &&
    before.tokens[before.end - 1] === after.tokens[after.end - 1],
);

interface SpanProps {
  readonly group: Group;
  readonly isStop: boolean;
  readonly describe: (text: string, probability: string) => string;
}

function TokenSpan({ group, isStop, describe }: SpanProps) {
  const { logProb, text } = group;
  const shown = logProb === null ? "" : percent(Math.exp(logProb));
  const kinds = ["token"];
  if (logProb !== null) kinds.push(`tint-${tintOf(logProb)}`);
  if (group.isSpecial) kinds.push("token--special");
  if (text.startsWith("\n")) kinds.push("token--break");
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button would break the lines of the text.
    <span
      role="button"
      className={kinds.join(" ")}
      data-start={group.start}
      data-end={group.end}
      tabIndex={isStop ? 0 : -1}
      title={shown}
      aria-label={describe(text, shown)}
    >
      {text}
    </span>
  );
}

function blocksOf(count: number): [number, number][] {
  const blocks: [number, number][] = [];
  for (let start = 0; start < count; start += BLOCK) {
    blocks.push([start, Math.min(start + BLOCK, count)]);
  }
  return blocks;
}

function tokenElement(target: EventTarget): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(".token") : null;
}

/** The token that a key leads to; up and down go to the line above and below. */
function neighbour(
  root: HTMLElement | null,
  element: HTMLElement,
  key: string,
): HTMLElement | null {
  const all = [...(root?.querySelectorAll<HTMLElement>(".token") ?? [])];
  const place = all.indexOf(element);
  if (key === "ArrowLeft") return all[place - 1] ?? null;
  if (key === "ArrowRight") return all[place + 1] ?? null;
  if (key === "Home") return all[0] ?? null;
  if (key === "End") return all.at(-1) ?? null;
  if (key !== "ArrowUp" && key !== "ArrowDown") return null;
  const isDown = key === "ArrowDown";
  const line = isDown ? all.slice(place + 1) : all.slice(0, place).reverse();
  const own = element.offsetTop;
  const left = element.offsetLeft;
  const other = line.find((candidate) => candidate.offsetTop !== own)?.offsetTop;
  if (other === undefined) return null;
  const candidates = line.filter((candidate) => candidate.offsetTop === other);
  return candidates.reduce((best, candidate) =>
    Math.abs(candidate.offsetLeft - left) < Math.abs(best.offsetLeft - left) ? candidate : best,
  );
}
