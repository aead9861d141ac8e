/** Tokens that stand for characters together: mostly one, several where a character is split. */
import { useWords } from "../../i18n/useLanguage";
import type { Group, Token } from "./types";
import { Visible } from "./Visible";

const COLORS = 6;

interface TokenGroupProps {
  readonly group: Group;
  /** The number of its first token in the text; gives the colour. */
  readonly first: number;
  readonly onSee: (token: Token) => void;
  readonly onOpen: ((id: number) => void) | null;
}

export function TokenGroup({ group, first, onSee, onOpen }: TokenGroupProps) {
  const { tokenizer: words } = useWords();
  const { text, tokens } = group;
  const only = tokens[0];
  if (only === undefined)
    return (
      <span className="uncovered" title={words.uncovered}>
        <Visible text={text} />
        <Breaks text={text} />
      </span>
    );
  const look = { onSee, onOpen };
  if (tokens.length === 1)
    return (
      <>
        <TokenButton token={only} number={first} label={text || only.spelling} {...look}>
          <Visible text={text || only.spelling} />
        </TokenButton>
        <Breaks text={text} />
      </>
    );
  const isOne = Array.from(text).length === 1;
  return (
    <>
      <span
        className="shared"
        title={isOne ? words.splitHint : words.together(String(tokens.length))}
      >
        <span className="shared__text">
          <Visible text={text} />
        </span>
        <span className="shared__tokens">
          {tokens.map((token, place) => (
            <TokenButton
              // biome-ignore lint/suspicious/noArrayIndexKey: the same token may come twice.
              key={place}
              token={token}
              number={first + place}
              label={`${text} ${token.bytes ?? token.spelling}`}
              {...look}
            >
              {token.bytes ?? <Visible text={token.spelling} />}
            </TokenButton>
          ))}
        </span>
      </span>
      <Breaks text={text} />
    </>
  );
}

interface TokenButtonProps extends Pick<TokenGroupProps, "onSee" | "onOpen"> {
  readonly token: Token;
  readonly number: number;
  readonly label: string;
  readonly children: React.ReactNode;
}

function TokenButton({ token, number, label, onSee, onOpen, children }: TokenButtonProps) {
  return (
    <button
      type="button"
      className="token"
      data-color={token.is_special ? "special" : number % COLORS}
      tabIndex={number === 0 ? 0 : -1}
      aria-label={`${label}, ${token.id}`}
      onMouseEnter={() => onSee(token)}
      onFocus={() => onSee(token)}
      onClick={() => onOpen?.(token.id)}
    >
      {children}
    </button>
  );
}

/** A line end is drawn, and ends the line, too. */
function Breaks({ text }: { readonly text: string }) {
  return text.includes("\n") ? <br /> : null;
}
