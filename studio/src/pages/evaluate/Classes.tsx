/** What was taken for what, and how well each class is found. */
import { Panel } from "../../components/Panel";
import { type Column, Table } from "../../components/Table";
import { useWords } from "../../i18n/useLanguage";
import { short, whole } from "../../numbers/format";
import { setParameters } from "../../router/location";
import type { Report } from "./types";

export function Confusion({ report }: { readonly report: Report }) {
  const { evaluate: words } = useWords();
  if (!report.confusion) return null;
  const { labels, counts } = report.confusion;
  const show = (gold: string, predicted: string) =>
    setParameters({ tab: "items", gold, predicted, answered: null, start: null });
  return (
    <Panel title={words.task.confusion}>
      <div className="table-scroll">
        <table className="confusion" aria-label={words.task.confusion}>
          <thead>
            <tr>
              <th scope="col">
                <span className="faint">
                  {words.task.gold} ↓ {words.task.predicted} →
                </span>
              </th>
              {labels.map((label) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {labels.map((gold, row) => {
              const own = counts[row] ?? [];
              const total = Math.max(
                1,
                own.reduce((sum, count) => sum + count, 0),
              );
              return (
                <tr key={gold}>
                  <th scope="row">{gold}</th>
                  {labels.map((predicted, column) => {
                    const count = own[column] ?? 0;
                    return (
                      <td key={predicted}>
                        <button
                          type="button"
                          disabled={count === 0}
                          data-right={row === column}
                          style={{ "--share": count / total } as React.CSSProperties}
                          title={words.task.confusionCell(gold, predicted, whole(count))}
                          onClick={() => show(gold, predicted)}
                        >
                          {count === 0 ? "" : whole(count)}
                        </button>
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p className="small muted">{words.task.confusionHint}</p>
    </Panel>
  );
}

type Class = Report["classes"][number];

export function Classes({ report }: { readonly report: Report }) {
  const { evaluate: words } = useWords();
  if (report.classes.length === 0) return null;
  const share = (key: "precision" | "recall" | "f1", title: string): Column<Class> => ({
    key,
    title,
    isNumber: true,
    sortBy: (row) => row[key],
    render: (row) => short(row[key], 3),
  });
  const columns: Column<Class>[] = [
    {
      key: "label",
      title: words.task.class,
      sortBy: (row) => row.label,
      render: (row) => row.label,
    },
    share("precision", words.task.precision),
    share("recall", words.task.recall),
    share("f1", words.task.f1),
    {
      key: "support",
      title: words.task.support,
      isNumber: true,
      sortBy: (row) => row.support,
      render: (row) => whole(row.support),
    },
  ];
  return (
    <Panel title={words.task.classes} isFlush>
      <Table
        label={words.task.classes}
        rows={report.classes}
        columns={columns}
        keyOf={(row) => row.label}
      />
    </Panel>
  );
}
