/** The values of a form: nested tables and lists, changed without changing the old ones. */
export type Value = unknown;
export type Table = { readonly [key: string]: Value };
export type Path = readonly (string | number)[];

export function isTable(value: Value): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueAt(value: Value, path: Path): Value {
  let at = value;
  for (const key of path) {
    if (typeof key === "number") at = Array.isArray(at) ? at[key] : undefined;
    else at = isTable(at) ? at[key] : undefined;
  }
  return at;
}

/**
 * `value` with `inner` at `path`. `undefined` takes the key away, and with it the tables that were
 * made for it alone: what is not said has its default.
 */
export function withValue(value: Value, path: Path, inner: Value): Value {
  const [key, ...rest] = path;
  if (key === undefined) return inner;
  if (typeof key === "number") return withItem(Array.isArray(value) ? value : [], key, rest, inner);
  const table = isTable(value) ? value : {};
  const changed = withValue(table[key], rest, inner);
  const isGone =
    changed === undefined || (rest.length > 0 && inner === undefined && isEmpty(changed));
  if (!isGone) return { ...table, [key]: changed };
  const { [key]: _, ...others } = table;
  return others;
}

function withItem(list: readonly Value[], index: number, rest: Path, inner: Value): Value {
  if (rest.length === 0 && inner === undefined) return list.filter((_, place) => place !== index);
  const changed = withValue(list[index], rest, inner);
  // A table in a list stays, also without a word in it: it is an entry.
  return [...list.slice(0, index), changed ?? {}, ...list.slice(index + 1)];
}

function isEmpty(value: Value): boolean {
  return isTable(value) && Object.keys(value).length === 0;
}

/** How many plain values are said at and below `value`. */
export function countOf(value: Value): number {
  if (value === undefined) return 0;
  if (isTable(value)) {
    return Object.values(value).reduce<number>((sum, inner) => sum + countOf(inner), 0);
  }
  return 1;
}
