/** What is typed into a field, as a value; and a value as it stands in a field. */
import type { FieldKind } from "./schema";
import type { Value } from "./values";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * The value of a text. What is no number stays a text: the reader of recipes says what is wrong
 * with it. An empty field says nothing, so that the default holds.
 */
export function parseText(text: string, kind: FieldKind): Value {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (kind.kind === "number") return numberOr(trimmed);
  if (kind.kind === "free") return parseFree(trimmed);
  return text;
}

/** Lines as the entries of a list. An empty line is an empty text where texts are listed. */
export function parseLines(text: string, kind: FieldKind): Value {
  if (text === "") return undefined;
  return text
    .split("\n")
    .map((line) => (kind.kind === "text" ? line : (parseText(line, kind) ?? line)));
}

export function textOf(value: Value): string {
  if (value === undefined) return "";
  if (value === null) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function linesOf(value: Value): string {
  return Array.isArray(value) ? value.map(textOf).join("\n") : textOf(value);
}

function numberOr(text: string): Value {
  return NUMBER.test(text) ? Number(text) : text;
}

/** A number, a truth value, a list or a table where it reads as one; else the text itself. */
function parseFree(text: string): Value {
  if (NUMBER.test(text)) return Number(text);
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}
