/** The language model of a run beside its baseline, and the documents that they were scored on. */
import { useState } from "react";
import { useQuery } from "../../api/useQuery";
import { Dialog } from "../../components/Dialog";
import { ErrorNote } from "../../components/ErrorNote";
import { Panel } from "../../components/Panel";
import { Select } from "../../components/Select";
import { Skeleton } from "../../components/Skeleton";
import { type Column, Table } from "../../components/Table";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";
import { bytes, short, whole } from "../../numbers/format";
import { percent, signed } from "../../numbers/share";
import { Link } from "../../router/Link";
import { Pager } from "./Pager";
import { scaleOf } from "./scale";
import type { LanguageRow, ScoredDocuments } from "./types";
import { Whisker } from "./Whisker";

const PAGE_ROWS = 25;
const SPLIT_ORDER = "split";

interface Report {
  readonly split: string;
  readonly documents: number;
  readonly tokens: number;
  readonly bytes: number;
  readonly objective?: string;
  readonly models: readonly LanguageRow[];
  readonly differences?: readonly Difference[];
}

type Difference = NonNullable<LanguageRow["difference"]> & { readonly model: string };

export function LanguageReport({ run }: { readonly run: string }) {
  const { evaluate: words } = useWords();
  const report = useQuery<Report>(`/api/evaluate/language?${new URLSearchParams({ run })}`);
  return (
    <div className="page">
      <PageHead
        title={`${run} · ${words.language.title}`}
        beside={<Link to="/evaluate">{words.back}</Link>}
      />
      {report.failure ? <ErrorNote failure={report.failure} onRetry={report.reload} /> : null}
      {!report.data && !report.failure ? <Skeleton lines={6} /> : null}
      {report.data ? (
        <>
          <Figures report={report.data} />
          <Scored run={run} />
        </>
      ) : null}
    </div>
  );
}

function Figures({ report }: { readonly report: Report }) {
  const { evaluate: words } = useWords();
  const scale = scaleOf(
    report.models.map((row) => ({
      value: row.bits_per_byte,
      interval: row.bits_per_byte_interval,
    })),
  );
  const columns: Column<LanguageRow>[] = [
    { key: "model", title: words.language.model, render: (row) => row.name },
    {
      key: "bits",
      title: words.language.bits,
      isNumber: true,
      render: (row) => <strong>{short(row.bits_per_byte, 4)}</strong>,
    },
    {
      key: "interval",
      title: words.tasks.interval,
      render: (row) => (
        <span className="row">
          <Whisker scale={scale} value={row.bits_per_byte} interval={row.bits_per_byte_interval} />
          {row.bits_per_byte_interval ? (
            <span className="small muted">
              {row.bits_per_byte_interval.map((end) => short(end, 4)).join(" – ")}
            </span>
          ) : null}
        </span>
      ),
    },
    {
      key: "perplexity",
      title: words.language.perplexity,
      isNumber: true,
      render: (row) => short(row.perplexity),
    },
    { key: "loss", title: words.language.loss, isNumber: true, render: (row) => short(row.loss) },
    {
      key: "top1",
      title: words.language.top1,
      isNumber: true,
      render: (row) => percent(row.top1),
    },
    {
      key: "top5",
      title: words.language.top5,
      isNumber: true,
      render: (row) => percent(row.top5),
    },
  ];
  return (
    <Panel title={words.task.figures} isFlush>
      <Table
        label={words.task.figures}
        rows={report.models}
        columns={columns}
        keyOf={(row) => row.name}
      />
      <div className="evaluate__foot small muted">
        <p>
          {words.language.measuredOn(
            words.splits[report.split] ?? report.split,
            whole(report.documents),
            whole(report.tokens),
            bytes(report.bytes),
          )}
        </p>
        {report.objective ? <p>{words.language.objective(report.objective)}</p> : null}
        {(report.differences ?? []).map((one) => (
          <DifferenceLine key={`${one.model} ${one.baseline}`} difference={one} />
        ))}
      </div>
    </Panel>
  );
}

function DifferenceLine({ difference }: { readonly difference: Difference }) {
  const { evaluate: words } = useWords();
  const { bits_per_byte: value, bits_per_byte_interval: interval, baseline } = difference;
  if (!interval) return null;
  const [low, high] = interval;
  const verdict =
    high < 0 ? words.language.better : low > 0 ? words.language.worse : words.language.same;
  return (
    <p>
      <strong>{verdict}</strong>{" "}
      {words.language.difference(signed(value), signed(low), signed(high), baseline)}
    </p>
  );
}

type Row = ScoredDocuments["rows"][number];

function Scored({ run }: { readonly run: string }) {
  const { evaluate: words } = useWords();
  const [order, setOrder] = useState(SPLIT_ORDER);
  const [start, setStart] = useState(0);
  const [open, setOpen] = useState<number | null>(null);
  const query = new URLSearchParams({
    run,
    order,
    start: String(start),
    limit: String(PAGE_ROWS),
  });
  const found = useQuery<ScoredDocuments>(`/api/evaluate/documents?${query}`);
  const models = found.data?.models ?? [];
  const columns: Column<Row>[] = [
    {
      key: "document",
      title: "#",
      isNumber: true,
      render: (row) => whole(row.document + 1),
    },
    {
      key: "text",
      title: words.language.text,
      render: (row) =>
        row.snippet === null ? (
          <span className="faint">{words.language.noText}</span>
        ) : (
          <button
            type="button"
            className="snippet"
            title={words.language.read}
            onClick={() => setOpen(row.document)}
          >
            {row.snippet.replace(/\s+/g, " ")}
          </button>
        ),
    },
    {
      key: "tokens",
      title: words.language.tokens,
      isNumber: true,
      render: (row) => whole(row.tokens),
    },
    ...models.map((name, place) => ({
      key: name,
      title: name,
      isNumber: true,
      render: (row: Row) => short(row.bits_per_byte[place], 3),
    })),
  ];
  if (found.failure) return <ErrorNote failure={found.failure} onRetry={found.reload} />;
  if (found.data?.total === 0) return null;
  return (
    <Panel
      title={words.language.scored}
      isFlush
      actions={
        <Select
          label={words.language.order}
          value={order}
          options={[
            { value: SPLIT_ORDER, label: words.language.inOrder },
            ...models.map((name) => ({ value: name, label: words.language.hardest(name) })),
          ]}
          onChange={(next) => {
            setOrder(next);
            setStart(0);
          }}
        />
      }
    >
      {found.data ? (
        <Table
          label={words.language.scored}
          rows={found.data.rows}
          columns={columns}
          keyOf={(row) => String(row.document)}
        />
      ) : (
        <Skeleton lines={6} />
      )}
      <Pager start={start} size={PAGE_ROWS} found={found.data?.total ?? 0} onTurn={setStart} />
      {open !== null ? (
        <OneDocument run={run} document={open} onClose={() => setOpen(null)} />
      ) : null}
    </Panel>
  );
}

interface OneDocumentProps {
  readonly run: string;
  readonly document: number;
  readonly onClose: () => void;
}

function OneDocument({ run, document, onClose }: OneDocumentProps) {
  const { evaluate: words } = useWords();
  const query = new URLSearchParams({ run, document: String(document) });
  const found = useQuery<{ text: string | null }>(`/api/evaluate/document?${query}`);
  return (
    <Dialog title={`${words.language.text} #${document + 1}`} onClose={onClose} isWide>
      {found.failure ? <ErrorNote failure={found.failure} /> : null}
      {found.data ? (
        <p className="whole-text">{found.data.text ?? words.language.noText}</p>
      ) : (
        <Skeleton />
      )}
    </Dialog>
  );
}
