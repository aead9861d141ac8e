/** Every evaluation of every run: language models, then tasks. */
import { useState } from "react";
import { useQuery } from "../../api/useQuery";
import { Badge, type Tone } from "../../components/Badge";
import { Command } from "../../components/Command";
import { Empty } from "../../components/Empty";
import { ErrorNote } from "../../components/ErrorNote";
import { Panel } from "../../components/Panel";
import { Select } from "../../components/Select";
import { Skeleton } from "../../components/Skeleton";
import { type Column, Table } from "../../components/Table";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";
import { bytes, short, whole } from "../../numbers/format";
import { percent } from "../../numbers/share";
import { Link } from "../../router/Link";
import { reportPlace, shortPlace } from "./addresses";
import { scaleOf } from "./scale";
import type { Overview as Everything, LanguageRow, Problem, TaskRow } from "./types";
import { Whisker } from "./Whisker";

const ANY = "";

export function Overview({ run }: { readonly run: string | null }) {
  const { evaluate: words } = useWords();
  const query = useQuery<Everything>("/api/evaluate");
  const isOf = (row: { readonly run: string }) => run === null || row.run === run;
  const language = query.data?.language.filter(isOf) ?? [];
  const tasks = query.data?.tasks.filter(isOf) ?? [];
  const isNothing = query.data && language.length === 0 && tasks.length === 0;
  return (
    <div className="page">
      <PageHead
        title={run === null ? words.title : `${words.title} · ${run}`}
        beside={run === null ? null : <Link to="/evaluate">{words.back}</Link>}
      />
      {query.failure ? <ErrorNote failure={query.failure} onRetry={query.reload} /> : null}
      {!query.data && !query.failure ? <Skeleton lines={8} /> : null}
      {query.data ? <Problems problems={query.data.problems.filter(isOf)} /> : null}
      {language.length > 0 ? <LanguageModels rows={language} /> : null}
      {tasks.length > 0 ? <Tasks rows={tasks} /> : null}
      {isNothing ? (
        <Empty title={words.nothing}>
          <p>{words.nothingHint}</p>
          <Command text="yanmo evaluate RECIPE" />
        </Empty>
      ) : null}
    </div>
  );
}

function Problems({ problems }: { readonly problems: readonly Problem[] }) {
  const { evaluate: words } = useWords();
  if (problems.length === 0) return null;
  return (
    <div className="note note--warn" role="status">
      <strong>{words.problems}</strong>
      {problems.map((problem) => (
        <span key={`${problem.run} ${problem.where}`}>
          {problem.run}: {problem.what} <span className="muted">{problem.why}</span>{" "}
          <code>{problem.where}</code>
        </span>
      ))}
    </div>
  );
}

function LanguageModels({ rows }: { readonly rows: readonly LanguageRow[] }) {
  const { evaluate: words } = useWords();
  const scale = scaleOf(
    rows.map((row) => ({ value: row.bits_per_byte, interval: row.bits_per_byte_interval })),
  );
  const columns: Column<LanguageRow>[] = [
    {
      key: "run",
      title: words.language.run,
      sortBy: (row) => row.run,
      render: (row) => <Link to={reportPlace(row.run, "language")}>{row.run}</Link>,
    },
    {
      key: "model",
      title: words.language.model,
      sortBy: (row) => row.name,
      render: (row) => (
        <span className={row.kind === "ngram" ? "muted" : undefined}>{row.name}</span>
      ),
    },
    {
      key: "bits",
      title: words.language.bits,
      isNumber: true,
      sortBy: (row) => row.bits_per_byte ?? null,
      render: (row) => short(row.bits_per_byte, 4),
    },
    {
      key: "interval",
      title: words.tasks.interval,
      render: (row) => (
        <Whisker
          scale={scale}
          value={row.bits_per_byte}
          interval={row.bits_per_byte_interval}
          isPale={row.kind === "ngram"}
        />
      ),
    },
    number("perplexity", words.language.perplexity, (row) => row.perplexity, short),
    number("loss", words.language.loss, (row) => row.loss, short),
    number("top1", words.language.top1, (row) => row.top1, percent),
    number("top5", words.language.top5, (row) => row.top5, percent),
    {
      key: "split",
      title: words.language.split,
      render: (row) => (
        <span className="muted">
          {words.splits[row.split] ?? row.split} · {whole(row.documents)} · {bytes(row.bytes)}
        </span>
      ),
    },
  ];
  return (
    <Panel title={words.language.title} isFlush>
      <Table
        label={words.language.title}
        rows={rows}
        columns={columns}
        keyOf={(row) => `${row.run} ${row.name}`}
        initialOrder={{ key: "run", isAscending: true }}
      />
      <p className="evaluate__foot small muted">{words.language.hint}</p>
    </Panel>
  );
}

function number(
  key: string,
  title: string,
  value: (row: LanguageRow) => number | undefined,
  written: (value: number | null | undefined) => string,
): Column<LanguageRow> {
  return { key, title, isNumber: true, sortBy: value, render: (row) => written(value(row)) };
}

const TONES: Readonly<Record<string, Tone>> = { better: "good", worse: "bad" };

function Tasks({ rows }: { readonly rows: readonly TaskRow[] }) {
  const { evaluate: words } = useWords();
  const [task, setTask] = useState(ANY);
  const names = [...new Set(rows.map((row) => row.task))].sort();
  const shown = rows.filter((row) => task === ANY || row.task === task);
  const columns: Column<TaskRow>[] = [
    {
      key: "task",
      title: words.tasks.task,
      sortBy: (row) => `${row.task} ${row.run} ${row.place}`,
      render: (row) => <Link to={reportPlace(row.run, row.place)}>{row.task}</Link>,
    },
    {
      key: "run",
      title: words.tasks.where,
      sortBy: (row) => row.run,
      render: (row) => (
        <span className="place" title={`${row.run}/${row.place}`}>
          {row.run} <span className="faint">{shortPlace(row.place)}</span>
        </span>
      ),
    },
    {
      key: "kind",
      title: words.tasks.kind,
      sortBy: (row) => row.kind,
      render: (row) => (
        <span className="muted">
          {words.tasks.kinds[row.kind] ?? row.kind} · {row.language}
        </span>
      ),
    },
    {
      key: "items",
      title: words.tasks.items,
      isNumber: true,
      sortBy: (row) => row.num_items,
      render: (row) => whole(row.num_items),
    },
    {
      key: "value",
      title: words.tasks.metric,
      isNumber: true,
      sortBy: (row) => row.main?.value,
      render: (row) => (
        <>
          <code className="muted">{row.main?.metric}</code>{" "}
          <strong>{short(row.main?.value, 3)}</strong>
        </>
      ),
    },
    {
      key: "interval",
      title: words.tasks.interval,
      render: (row) => (
        <Whisker
          scale={scaleOfRow(row)}
          value={row.main?.value}
          interval={row.main?.interval}
          beside={row.baseline?.value}
        />
      ),
    },
    {
      key: "verdict",
      title: words.tasks.verdict,
      sortBy: (row) => row.verdict?.verdict,
      render: (row) =>
        row.verdict ? (
          <Badge tone={TONES[row.verdict.verdict] ?? "neutral"}>
            {words.tasks.verdicts[row.verdict.verdict] ?? row.verdict.verdict}
          </Badge>
        ) : null,
    },
    {
      key: "baseline",
      title: words.tasks.baseline,
      sortBy: (row) => row.baseline?.value,
      render: (row) =>
        row.baseline ? (
          <span className="baseline" title={row.baseline.label}>
            {short(row.baseline.value, 3)} <span className="muted">{row.baseline.label}</span>
          </span>
        ) : null,
    },
  ];
  return (
    <Panel
      title={words.tasks.title}
      isFlush
      actions={
        names.length > 1 ? (
          <Select
            label={words.tasks.task}
            value={task}
            options={[
              { value: ANY, label: words.tasks.any },
              ...names.map((name) => ({ value: name, label: name })),
            ]}
            onChange={setTask}
          />
        ) : null
      }
    >
      <Table
        label={words.tasks.title}
        rows={shown}
        columns={columns}
        keyOf={(row) => `${row.run} ${row.place}`}
        initialOrder={{ key: "task", isAscending: true }}
      />
    </Panel>
  );
}

/** Metrics of tasks are mostly shares; others have a line of their own. */
function scaleOfRow({ main, baseline }: TaskRow) {
  const own = scaleOf([main ?? { value: null }, baseline ?? { value: null }]);
  return own.low >= 0 && own.high <= 1 ? { low: 0, high: 1 } : own;
}
