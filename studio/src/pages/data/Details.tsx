/** Copies, masked personal data, the mixture, what steps changed, and what could not be read. */
import { useState } from "react";
import { Badge } from "../../components/Badge";
import { Icon } from "../../components/Icon";
import { Panel } from "../../components/Panel";
import { type Column, Table } from "../../components/Table";
import { useWords } from "../../i18n/useLanguage";
import { bytes, short, whole } from "../../numbers/format";
import { percent } from "../../numbers/share";
import { Bars } from "./Bars";
import type { Change, Clusters, Corpus, MixtureGroup } from "./types";

interface DetailProps {
  readonly corpus: Corpus;
}

export function Copies({ corpus }: DetailProps) {
  const { data: words } = useWords();
  const found = corpus.duplicates;
  if (!found) return null;
  const steps = Object.entries(found.by_step);
  const clusters = Object.entries(found.clusters).filter(([, one]) => one.number > 0);
  const lines = corpus.frequent_lines ?? [];
  return (
    <Panel title={words.copies.title}>
      <div className="stack">
        {steps.length === 0 && clusters.length === 0 ? (
          <p className="muted">{words.copies.none}</p>
        ) : null}
        <Bars
          rows={steps.map(([step, documents]) => ({
            name: words.steps[step] ?? step,
            value: documents,
            text: whole(documents),
          }))}
        />
        {clusters.map(([step, one]) => (
          <div key={step}>
            <p className="small muted">
              {words.steps[step] ?? step}:{" "}
              {words.copies.clusters(whole(one.number), whole(one.documents), whole(one.largest))}
            </p>
            {one.sizes.counts.length > 1 ? <Bars rows={sizesOf(one)} /> : null}
          </div>
        ))}
        {lines.length > 0 ? (
          <div>
            <p className="small muted">{words.copies.frequent}</p>
            <ul className="data__lines">
              {lines.slice(0, 5).map((one) => (
                <li key={one.line}>
                  <span>{one.line}</span>
                  <span className="faint small">{words.copies.times(whole(one.documents))}</span>
                </li>
              ))}
            </ul>
          </div>
        ) : null}
      </div>
    </Panel>
  );
}

/** Clusters of 2, of 3 to 4, of 5 to 8 documents; sizes that do not occur are left out. */
function sizesOf({ sizes }: Clusters) {
  return sizes.counts.flatMap((value, place) => {
    const [from = 0, next = 0] = sizes.edges.slice(place, place + 2);
    const name = next - 1 > from ? `${from}–${next - 1}` : String(from);
    return value > 0 ? [{ name: `× ${name}`, value, text: whole(value) }] : [];
  });
}

export function Privacy({ corpus }: DetailProps) {
  const { data: words } = useWords();
  const found = corpus.privacy;
  if (!found) return null;
  const counts = Object.entries(found.counts ?? {}).sort((a, b) => b[1] - a[1]);
  return (
    <Panel title={words.privacy.title}>
      <div className="stack">
        {found.counts === undefined ? (
          <p className="muted">{words.privacy.notLooked}</p>
        ) : counts.length === 0 ? (
          <p className="muted">{words.privacy.none}</p>
        ) : null}
        <Bars
          rows={counts.map(([type, count]) => ({
            name: words.privacy.types[type] ?? type,
            value: count,
            text: whole(count),
          }))}
        />
        {counts.length > 0 && found.per_million_characters ? (
          <p className="small muted">
            {words.privacy.rate(short(found.per_million_characters, 3))}
          </p>
        ) : null}
      </div>
    </Panel>
  );
}

type MixtureRow = MixtureGroup & { readonly name: string };

export function Mixture({ corpus }: DetailProps) {
  const { data: words } = useWords();
  if (!corpus.mixture) return null;
  const rows = Object.entries(corpus.mixture.groups).map(([name, group]) => ({ name, ...group }));
  const columns: Column<MixtureRow>[] = [
    {
      key: "name",
      title: words.groups.name,
      sortBy: (row) => row.name,
      render: (row) => row.name,
    },
    {
      key: "wanted",
      title: words.mixture.wanted,
      isNumber: true,
      sortBy: (row) => row.wanted_share,
      render: (row) => percent(row.wanted_share),
    },
    {
      key: "got",
      title: words.mixture.got,
      isNumber: true,
      sortBy: (row) => row.share,
      render: (row) => percent(row.share),
    },
    {
      key: "available",
      title: words.mixture.available,
      isNumber: true,
      sortBy: (row) => row.available_bytes,
      render: (row) => bytes(row.available_bytes),
    },
    {
      key: "bytes",
      title: words.kept,
      isNumber: true,
      sortBy: (row) => row.bytes,
      render: (row) => bytes(row.bytes),
    },
    {
      key: "repeats",
      title: words.mixture.repeats,
      isNumber: true,
      sortBy: (row) => row.max_repeats,
      render: (row) => `${row.max_repeats}×`,
    },
    {
      key: "short",
      title: "",
      render: (row) => (row.falls_short ? <Badge tone="warn">{words.mixture.short}</Badge> : null),
    },
  ];
  return (
    <Panel title={words.mixture.title} isFlush>
      <Table
        label={words.mixture.title}
        rows={rows}
        columns={columns}
        keyOf={(row) => row.name}
        initialOrder={{ key: "wanted", isAscending: false }}
      />
    </Panel>
  );
}

export function Changes({ corpus }: DetailProps) {
  const { data: words } = useWords();
  const changes = (corpus.changed ?? []).filter((change) => change.examples.length > 0);
  if (changes.length === 0) return null;
  return (
    <Panel title={words.changes.title}>
      <div className="reasons">
        {changes.map((change) => (
          <ChangeRow key={change.step} change={change} />
        ))}
      </div>
    </Panel>
  );
}

function ChangeRow({ change }: { readonly change: Change }) {
  const { data: words } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  const counts = Object.entries(change.counts)
    .map(([name, count]) => `${name} ${whole(count)}`)
    .join(" · ");
  return (
    <div>
      <button
        type="button"
        className="reasons__row reasons__row--change"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <Icon name="chevron" size={12} />
        <span>{words.steps[change.step] ?? change.step}</span>
        <span className="small muted">{counts}</span>
        <span className="number">{words.changes.lines(whole(change.documents))}</span>
      </button>
      {isOpen
        ? change.examples.map((example) => (
            <div key={example.id} className="change">
              {example.before !== null ? (
                <div>
                  <span className="small muted">{words.changes.before}</span>
                  <p className="change__text">{example.before}</p>
                </div>
              ) : null}
              <div>
                <span className="small muted">{words.changes.after}</span>
                <p className="change__text">{example.after}</p>
              </div>
            </div>
          ))
        : null}
    </div>
  );
}

export function Unreadable({ corpus }: DetailProps) {
  const { data: words } = useWords();
  const files = corpus.unreadable ?? [];
  const skipped = Object.entries(corpus.skipped_file_types ?? {});
  if (files.length === 0 && skipped.length === 0) return null;
  const alike = new Map<string, { file: string; error: string; times: number }>();
  for (const { file, error } of files) {
    const key = `${file} ${error}`;
    alike.set(key, { file, error, times: (alike.get(key)?.times ?? 0) + 1 });
  }
  return (
    <Panel title={words.unreadable.title(whole(corpus.unreadable_count ?? files.length))}>
      <div className="stack">
        <ul className="data__lines">
          {[...alike].map(([key, { file, error, times }]) => (
            <li key={key}>
              <code>{file}</code>
              <span className="muted">
                {error}
                {times > 1 ? ` × ${times}` : ""}
              </span>
            </li>
          ))}
        </ul>
        {skipped.length > 0 ? (
          <p className="small muted">
            {words.unreadable.skipped}:{" "}
            {skipped.map(([type, count]) => `${type} ${whole(count)}`).join(" · ")}
          </p>
        ) : null}
      </div>
    </Panel>
  );
}
