/** How a probability looks: the less probable a token was, the deeper its tint. */
import type { Token } from "./types";

/** Least probability of each tint, from none to the deepest. */
export const TINT_BOUNDS = [0.9, 0.5, 0.2, 0.05, 0.01, 0.001, 0] as const;

/** 0 (as good as certain) to 6 (nobody would have thought of it). */
export function tintOf(logProb: number): number {
  const probability = Math.exp(logProb);
  return TINT_BOUNDS.findIndex((bound) => probability >= bound);
}

/** Tokens that make up whole characters together, as places in the list of all tokens. */
export interface Group {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Log-probability of all of them together; `null` where the first token of a text is there. */
  readonly logProb: number | null;
  readonly isSpecial: boolean;
}

/** Tokens without text wait for the one that completes their character. */
export function groupsOf(tokens: readonly Token[], start = 0, end = tokens.length): Group[] {
  const groups: Group[] = [];
  let first = start;
  for (let place = start; place < end; place++) {
    const token = tokens[place];
    if (!token || (token.text === "" && !token.special && place + 1 < end)) continue;
    groups.push(groupOf(tokens, first, place + 1));
    first = place + 1;
  }
  return groups;
}

function groupOf(tokens: readonly Token[], start: number, end: number): Group {
  const own = tokens.slice(start, end);
  const known = own.every((token) => token.log_prob !== undefined);
  return {
    start,
    end,
    text: own.map((token) => token.text).join(""),
    logProb: known ? own.reduce((sum, token) => sum + (token.log_prob ?? 0), 0) : null,
    isSpecial: own.some((token) => token.special === true),
  };
}

/** Where a token stands among those that were possible, from 1; `null` where it is not among them. */
export function rankOf(token: Token): number | null {
  const place = token.alternatives?.findIndex(([id]) => id === token.id) ?? -1;
  return place < 0 ? null : place + 1;
}

/** A probability for people: `97%`, `3.1%`, `0.02%`, `<0.01%`. */
export function percent(probability: number): string {
  const hundred = probability * 100;
  if (hundred > 0 && hundred < 0.01) return "<0.01%";
  if (hundred >= 99.95) return "100%";
  const digits = hundred >= 10 ? 0 : hundred >= 1 ? 1 : 2;
  return `${hundred.toFixed(digits)}%`;
}

/** Spaces and line ends made visible, for tokens that stand alone. */
export function visible(text: string): string {
  if (text === "") return "∅";
  return text.replace(/ /g, "␣").replace(/\n/g, "⏎").replace(/\t/g, "⇥").replace(/\r/g, "␍");
}
