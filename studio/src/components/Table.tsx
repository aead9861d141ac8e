/** Rows and columns: sorted by a click on a heading, rows chosen by their boxes. */
import { type ReactNode, useMemo, useState } from "react";
import { useWords } from "../i18n/useLanguage";
import { Icon } from "./Icon";
import { inOrder, type Order, type SortValue } from "./sorting";

export interface Column<R> {
  readonly key: string;
  readonly title: string;
  readonly render: (row: R) => ReactNode;
  /** What the column sorts by; without it, it does not. */
  readonly sortBy?: (row: R) => SortValue;
  readonly isNumber?: boolean;
  readonly hint?: string;
}

export interface Selection {
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
}

interface TableProps<R> {
  readonly label: string;
  readonly rows: readonly R[];
  readonly columns: readonly Column<R>[];
  readonly keyOf: (row: R) => string;
  readonly selection?: Selection;
  readonly initialOrder?: Order;
}

export function Table<R>(props: TableProps<R>) {
  const { label, rows, columns, keyOf, selection, initialOrder } = props;
  const [order, setOrder] = useState<Order | null>(initialOrder ?? null);
  const sorted = useMemo(() => {
    const column = columns.find((one) => one.key === order?.key);
    return order && column?.sortBy ? inOrder(rows, column.sortBy, order.isAscending) : rows;
  }, [rows, columns, order]);
  const turn = (column: Column<R>) =>
    setOrder((before) => ({
      key: column.key,
      isAscending: before?.key === column.key ? !before.isAscending : !column.isNumber,
    }));
  return (
    <div className="table-scroll">
      <table className="table" aria-label={label}>
        <thead>
          <tr>
            {selection ? <AllBox rows={rows} keyOf={keyOf} selection={selection} /> : null}
            {columns.map((column) => (
              <Heading key={column.key} column={column} order={order} onSort={() => turn(column)} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <Row key={keyOf(row)} row={row} name={keyOf(row)} {...props} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadingProps<R> {
  readonly column: Column<R>;
  readonly order: Order | null;
  readonly onSort: () => void;
}

function Heading<R>({ column, order, onSort }: HeadingProps<R>) {
  const isSorted = order?.key === column.key;
  const direction = order?.isAscending ? "ascending" : "descending";
  return (
    <th
      scope="col"
      className={column.isNumber ? "number" : undefined}
      aria-sort={isSorted ? direction : undefined}
      title={column.hint}
    >
      {column.sortBy ? (
        <button type="button" className="table__sort" onClick={onSort}>
          {column.title}
          {isSorted ? <Icon name={order?.isAscending ? "up" : "down"} size={10} /> : null}
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}

function Row<R>({ row, name, columns, selection }: TableProps<R> & { row: R; name: string }) {
  const { shell } = useWords();
  const isChosen = selection?.chosen.has(name) ?? false;
  const toggle = () => {
    const chosen = new Set(selection?.chosen);
    if (!chosen.delete(name)) chosen.add(name);
    selection?.onChange(chosen);
  };
  return (
    <tr aria-selected={selection ? isChosen : undefined}>
      {selection ? (
        <td className="table__check">
          <input
            type="checkbox"
            aria-label={shell.selectRow(name)}
            checked={isChosen}
            onChange={toggle}
          />
        </td>
      ) : null}
      {columns.map((column) => (
        <td key={column.key} className={column.isNumber ? "number" : undefined}>
          {column.render(row)}
        </td>
      ))}
    </tr>
  );
}

interface AllBoxProps<R> {
  readonly rows: readonly R[];
  readonly keyOf: (row: R) => string;
  readonly selection: Selection;
}

function AllBox<R>({ rows, keyOf, selection }: AllBoxProps<R>) {
  const { shell } = useWords();
  const isAll = rows.length > 0 && rows.every((row) => selection.chosen.has(keyOf(row)));
  return (
    <th className="table__check" scope="col">
      <input
        type="checkbox"
        aria-label={shell.selectAll}
        checked={isAll}
        onChange={() => selection.onChange(new Set(isAll ? [] : rows.map(keyOf)))}
      />
    </th>
  );
}
