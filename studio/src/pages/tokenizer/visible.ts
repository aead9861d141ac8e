/** What is invisible in a text, made visible: spaces, line ends, tabs, control characters. */
export type Kind = "text" | "space" | "newline" | "tab" | "other";

export interface Piece {
  readonly kind: Kind;
  /** What is drawn. */
  readonly shown: string;
}

const SPACES = /^[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2581\u0120]$/u;
const INVISIBLE = /^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]$/u;

/** The pieces of a text, in order; plain characters stay together. */
export function visiblePieces(text: string): Piece[] {
  if (/^[\u200d\ufe0f]$/u.test(text)) return [nameless(text)];
  const pieces: { kind: Kind; shown: string }[] = [];
  for (const character of text) {
    const { kind, shown } = pieceOf(character);
    const last = pieces.at(-1);
    if (kind === "text" && last?.kind === "text") last.shown += shown;
    else pieces.push({ kind, shown });
  }
  return pieces;
}

function pieceOf(character: string): Piece {
  if (character === "\n") return { kind: "newline", shown: "⏎" };
  if (character === "\t") return { kind: "tab", shown: "⇥" };
  if (character === "\u3000") return { kind: "space", shown: "□" };
  if (SPACES.test(character)) return { kind: "space", shown: "·" };
  // A joiner inside an emoji belongs to what is drawn.
  if (character === "\u200d" || character === "\ufe0f") return { kind: "text", shown: character };
  if (INVISIBLE.test(character)) return nameless(character);
  return { kind: "text", shown: character };
}

function nameless(character: string): Piece {
  const code = character.codePointAt(0) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return { kind: "other", shown: code === 13 ? "␍" : name };
}
