/** Where documents are asked for, and where the page shows them. */
import type { FieldName, Part } from "./types";

export type Wanted = { readonly part: Part; readonly text?: string } & {
  readonly [K in FieldName]?: string | null;
};

export const FIELDS: Readonly<Record<Part, readonly FieldName[]>> = {
  kept: ["source", "language", "domain", "split"],
  rejected: ["step", "reason", "source", "language", "domain"],
};

/** The value of a filter that finds documents without one. */
export const MISSING = "";
/** Stands for it in the address of the page, where an empty value would vanish. */
export const UNKNOWN = "∅";

export function documentsPath(path: string, wanted: Wanted, start: number, limit: number): string {
  const query = new URLSearchParams({ corpus: path, part: wanted.part });
  if (start > 0) query.set("start", String(start));
  query.set("limit", String(limit));
  if (wanted.text) query.set("text", wanted.text);
  for (const name of FIELDS[wanted.part]) {
    const value = wanted[name];
    if (value !== null && value !== undefined) query.set(name, value);
  }
  return `/api/data/documents?${query}`;
}

export function documentPath(path: string, part: Part, row: number, start: number): string {
  const query = new URLSearchParams({
    corpus: path,
    part,
    row: String(row),
    start: String(start),
  });
  return `/api/data/document?${query}`;
}

/** The address of the tab of documents, narrowed down, with one of them open. */
export function documentsPlace(path: string, wanted: Wanted, row: number | null): string {
  const query = new URLSearchParams({ corpus: path, tab: "documents", part: wanted.part });
  for (const name of FIELDS[wanted.part]) {
    const value = wanted[name];
    if (value !== null && value !== undefined) query.set(name, value);
  }
  if (row !== null) query.set("row", String(row));
  return `/data?${query}`;
}
