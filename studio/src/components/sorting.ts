/** Rows of a table in the order of one column. */
export type SortValue = number | string | null | undefined;

export interface Order {
  readonly key: string;
  readonly isAscending: boolean;
}

/** Rows without a value come last, whichever way; equal ones keep their order. */
export function inOrder<R>(
  rows: readonly R[],
  sortBy: (row: R) => SortValue,
  isAscending: boolean,
): R[] {
  const sign = isAscending ? 1 : -1;
  return [...rows].sort((a, b) => compare(sortBy(a), sortBy(b), sign));
}

function compare(a: SortValue, b: SortValue, sign: number): number {
  const isMissingA = a === null || a === undefined;
  const isMissingB = b === null || b === undefined;
  if (isMissingA || isMissingB) return Number(isMissingA) - Number(isMissingB);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
}
