/** Lengths, scripts, and what every rule measured, as small histograms. */
import { useState } from "react";
import { Panel } from "../../components/Panel";
import { useWords } from "../../i18n/useLanguage";
import { compact, short, whole } from "../../numbers/format";
import { Bars } from "./Bars";
import { Histogram } from "./Histogram";
import type { Corpus, Measure } from "./types";

/** Of the documents in one column: such a histogram tells nothing at a glance. */
const FLAT = 0.9;
const MAX_SHOWN = 12;

export function Lengths({ corpus }: { readonly corpus: Corpus }) {
  const { data: words } = useWords();
  const lengths = corpus.length_histogram;
  if (!lengths || lengths.counts.length === 0) return null;
  const first = Math.max(
    0,
    lengths.counts.findIndex((count) => count > 0),
  );
  return (
    <Panel title={words.lengths.title}>
      <Histogram
        label={words.lengths.title}
        edges={lengths.edges.slice(first)}
        counts={lengths.counts.slice(first)}
        edge={(value) => compact(value)}
        count={(value) => `${whole(value)} ${words.documents}`}
        height={120}
        numLabels={9}
      />
      <p className="small muted">{words.lengths.axis}</p>
    </Panel>
  );
}

export function Scripts({ corpus }: { readonly corpus: Corpus }) {
  const { data: words } = useWords();
  const scripts = Object.entries(corpus.scripts ?? {})
    .filter(([, letters]) => letters > 0)
    .sort((a, b) => b[1] - a[1]);
  if (scripts.length === 0) return null;
  return (
    <Panel title={words.scripts}>
      <Bars
        rows={scripts.map(([name, letters]) => ({ name, value: letters, text: compact(letters) }))}
      />
    </Panel>
  );
}

export function Measures({ corpus }: { readonly corpus: Corpus }) {
  const { data: words } = useWords();
  const [isAll, setIsAll] = useState(false);
  const measures = corpus.measures ?? [];
  if (measures.length === 0) return null;
  const telling = measures.filter((measure) => largestShare(measure) < FLAT);
  const flat = measures.filter((measure) => largestShare(measure) >= FLAT);
  const ordered = [...telling, ...flat];
  const shown = isAll ? ordered : ordered.slice(0, MAX_SHOWN);
  return (
    <Panel title={words.measures.title}>
      <div className="measures">
        {shown.map((measure) => (
          <MeasureFigure key={`${measure.step}/${measure.name}`} measure={measure} />
        ))}
      </div>
      {shown.length < ordered.length ? (
        <button
          type="button"
          className="button button--quiet button--small"
          onClick={() => setIsAll(true)}
        >
          {words.measures.more(ordered.length - shown.length)}
        </button>
      ) : null}
    </Panel>
  );
}

function MeasureFigure({ measure }: { readonly measure: Measure }) {
  const { data: words } = useWords();
  const median = words.measures.median(short(measure.quantiles["0.5"], 3));
  const range = words.measures.range(
    short(measure.min, 3),
    short(measure.max, 3),
    whole(measure.count),
  );
  return (
    <div className="measure" title={`${words.steps[measure.step] ?? measure.step} · ${range}`}>
      <p>
        <code>{measure.name}</code>
        <span className="small muted">{median}</span>
      </p>
      <Histogram
        label={`${measure.name}, ${median}`}
        edges={measure.histogram.edges}
        counts={measure.histogram.counts}
        edge={(value) => short(value, 2)}
        count={whole}
        height={52}
        numLabels={3}
      />
    </div>
  );
}

function largestShare(measure: Measure): number {
  return Math.max(0, ...measure.histogram.counts) / Math.max(1, measure.count);
}
