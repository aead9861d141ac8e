/** The runs of the folder, a row each. */
import { useMemo } from "react";
import { type Column, type Selection, Table } from "../../components/Table";
import { useWords, type Words } from "../../i18n/useLanguage";
import { ago, compact, duration, figure, moment, short, whole } from "../../numbers/format";
import { Link } from "../../router/Link";
import { runPath } from "../../router/routes";
import { StateBadge } from "./StateBadge";
import type { RunRow } from "./types";

interface RunsTableProps {
  readonly runs: readonly RunRow[];
  readonly selection: Selection;
  readonly colorOf: (name: string) => string | null;
}

export function RunsTable({ runs, selection, colorOf }: RunsTableProps) {
  const { runs: words } = useWords();
  const columns = useMemo(() => columnsOf(words, colorOf), [words, colorOf]);
  return (
    <Table
      label={words.title}
      rows={runs}
      columns={columns}
      keyOf={(run) => run.name}
      selection={selection}
      initialOrder={{ key: "changed", isAscending: false }}
    />
  );
}

function columnsOf(
  words: Words["runs"],
  colorOf: (name: string) => string | null,
): Column<RunRow>[] {
  const { columns } = words;
  return [
    {
      key: "name",
      title: columns.name,
      sortBy: (run) => run.name,
      render: (run) => <RunName name={run.name} color={colorOf(run.name)} />,
    },
    {
      key: "state",
      title: columns.state,
      sortBy: (run) => run.state,
      render: (run) => <StateBadge state={run.state} why={run.why} />,
    },
    {
      key: "stage",
      title: columns.stage,
      sortBy: (run) => run.stage,
      render: (run) => <span className="muted">{run.stage ?? "–"}</span>,
    },
    {
      key: "step",
      title: columns.step,
      isNumber: true,
      sortBy: (run) => run.step,
      render: (run) => <Steps run={run} />,
    },
    number("train", columns.trainLoss, (run) => run.train_loss, figure, words.hints.loss),
    number(
      "validation",
      columns.validationLoss,
      (run) => run.validation_loss,
      figure,
      words.hints.loss,
    ),
    number("bits", columns.bitsPerByte, (run) => run.bits_per_byte, figure, words.hints.bits),
    {
      key: "tasks",
      title: columns.tasks,
      render: (run) => <Tasks run={run} />,
    },
    number("params", columns.params, (run) => run.num_params, compact),
    number("tokens", columns.tokens, (run) => run.tokens, compact),
    number("time", columns.time, (run) => run.train_s, duration, words.hints.time),
    {
      key: "changed",
      title: columns.changed,
      isNumber: true,
      sortBy: (run) => run.changed_at,
      render: (run) => (
        <span className="muted" title={moment(run.changed_at)}>
          {ago(run.changed_at)}
        </span>
      ),
    },
  ];
}

function number(
  key: string,
  title: string,
  value: (run: RunRow) => number | null,
  format: (value: number | null) => string,
  hint?: string,
): Column<RunRow> {
  const column = {
    key,
    title,
    isNumber: true,
    sortBy: value,
    render: (run: RunRow) => format(value(run)),
  };
  return hint === undefined ? column : { ...column, hint };
}

function RunName({ name, color }: { readonly name: string; readonly color: string | null }) {
  return (
    <span className="run-name">
      <i style={{ background: color ?? "transparent" }} />
      <Link to={runPath(name)}>{name}</Link>
    </span>
  );
}

function Steps({ run }: { readonly run: RunRow }) {
  if (run.step === null) return <span className="faint">–</span>;
  const part = run.num_steps ? Math.min(run.step / run.num_steps, 1) : null;
  return (
    <span className="run-steps">
      {whole(run.step)}
      {run.num_steps ? <span className="faint"> / {whole(run.num_steps)}</span> : null}
      {part !== null && run.state === "running" ? (
        <progress value={part} max={1} aria-label={run.name} />
      ) : null}
    </span>
  );
}

function Tasks({ run }: { readonly run: RunRow }) {
  const shown = run.tasks.filter((task) => task.value !== null);
  if (shown.length === 0) return <span className="faint">–</span>;
  const all = shown.map((task) => `${task.place}: ${task.metric} ${short(task.value)}`).join("\n");
  const [first] = shown;
  return (
    <span title={all}>
      {first?.task} <b className="run-figure">{short(first?.value, 3)}</b>
      {shown.length > 1 ? <span className="faint"> +{shown.length - 1}</span> : null}
    </span>
  );
}
