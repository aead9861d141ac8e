/** Stages, what was made from what, a stage's manifest, and the checkpoints. */
import { useState } from "react";
import { Badge, type Tone } from "../../components/Badge";
import { Empty } from "../../components/Empty";
import { Panel } from "../../components/Panel";
import { type Column, Table } from "../../components/Table";
import { useWords, type Words } from "../../i18n/useLanguage";
import { bytes, duration, moment, whole } from "../../numbers/format";
import { LineageGraph } from "./LineageGraph";
import { ManifestView } from "./ManifestView";
import type { Checkpoint, RunDetail, StageInfo } from "./types";

const TONES: Readonly<Record<StageInfo["state"], Tone>> = {
  finished: "good",
  unfinished: "warn",
  missing: "neutral",
};

export function StagesTab({ detail }: { readonly detail: RunDetail }) {
  const { run: words } = useWords();
  const [chosen, setChosen] = useState<string | null>(null);
  const stage = detail.stages.find((one) => one.name === chosen);
  return (
    <div className="stack">
      <Panel title={words.lineage}>
        {detail.lineage.nodes.length > 0 ? (
          <LineageGraph
            lineage={detail.lineage}
            chosen={chosen}
            onChoose={(name) => setChosen((before) => (before === name ? null : name))}
          />
        ) : (
          <Empty title={words.noLineage} />
        )}
      </Panel>
      {stage ? <ManifestView stage={stage} /> : null}
      <Panel title={words.stages} isFlush={true}>
        <Table
          label={words.stages}
          rows={detail.stages}
          columns={stageColumns(words)}
          keyOf={(one) => one.name}
        />
      </Panel>
      <Panel title={words.checkpoints} isFlush={true}>
        {detail.checkpoints.length > 0 ? (
          <Table
            label={words.checkpoints}
            rows={detail.checkpoints}
            columns={checkpointColumns(words)}
            keyOf={(one) => one.path}
          />
        ) : (
          <Empty title={words.noCheckpoints} />
        )}
      </Panel>
    </div>
  );
}

function stageColumns(words: Words["run"]): Column<StageInfo>[] {
  return [
    { key: "name", title: words.columns.stage, render: (one) => <b>{one.name}</b> },
    {
      key: "state",
      title: words.columns.state,
      render: (one) => <Badge tone={TONES[one.state]}>{words.stageStates[one.state]}</Badge>,
    },
    {
      key: "time",
      title: words.columns.time,
      isNumber: true,
      render: (one) => duration(one.timings?.wall_s),
    },
    {
      key: "memory",
      title: words.columns.memory,
      isNumber: true,
      render: (one) => bytes(one.timings?.peak_memory_bytes),
    },
    {
      key: "counts",
      title: words.columns.counts,
      render: (one) => (
        <span className="stage-counts" title={one.counts?.join("\n")}>
          {one.counts?.slice(0, 5).join(" · ") ?? "–"}
        </span>
      ),
    },
    {
      key: "made",
      title: words.columns.made,
      isNumber: true,
      render: (one) => <span className="muted">{moment(one.created_at)}</span>,
    },
  ];
}

function checkpointColumns(words: Words["run"]): Column<Checkpoint>[] {
  return [
    { key: "stage", title: words.columns.stage, render: (one) => one.stage },
    {
      key: "step",
      title: words.columns.step,
      isNumber: true,
      sortBy: (one) => one.step,
      render: (one) => whole(one.step),
    },
    {
      key: "bytes",
      title: words.columns.size,
      isNumber: true,
      sortBy: (one) => one.bytes,
      render: (one) => bytes(one.bytes),
    },
    { key: "path", title: words.columns.path, render: (one) => <code>{one.path}</code> },
    {
      key: "made",
      title: words.columns.made,
      isNumber: true,
      render: (one) => <span className="muted">{moment(one.created_at)}</span>,
    },
  ];
}
