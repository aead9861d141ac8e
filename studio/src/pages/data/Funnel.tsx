/** From everything that was read, step by step, to what was kept; steps and reasons open. */
import { useState } from "react";
import { useQuery } from "../../api/useQuery";
import { ErrorNote } from "../../components/ErrorNote";
import { Icon } from "../../components/Icon";
import { Panel } from "../../components/Panel";
import { Segments } from "../../components/Segments";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { bytes, whole } from "../../numbers/format";
import { Link } from "../../router/Link";
import { documentsPath, documentsPlace } from "./addresses";
import type { Amounts, Corpus, DocumentPage, FunnelStep, Reason } from "./types";

const MAX_EXAMPLES = 20;

type Unit = keyof Amounts;

interface FunnelProps {
  readonly path: string;
  readonly corpus: Corpus;
}

export function Funnel({ path, corpus }: FunnelProps) {
  const { data: words } = useWords();
  const [unit, setUnit] = useState<Unit>("documents");
  const { funnel, read, kept } = corpus;
  if (!funnel || !read || !kept) return null;
  const whole = Math.max(1, read[unit]);
  const units: readonly { value: Unit; label: string }[] = [
    { value: "documents", label: words.documents },
    { value: "characters", label: words.characters },
    { value: "bytes", label: words.bytes },
  ];
  return (
    <Panel
      title={words.funnel.title}
      actions={<Segments label={words.unit} value={unit} options={units} onChange={setUnit} />}
    >
      <div className="funnel">
        <Total name={words.funnel.read} amount={read} unit={unit} whole={whole} />
        {funnel.map((step) => (
          <Step key={step.step} path={path} step={step} unit={unit} whole={whole} corpus={corpus} />
        ))}
        <Total name={words.funnel.kept} amount={kept} unit={unit} whole={whole} />
      </div>
      <Balance corpus={corpus} />
    </Panel>
  );
}

interface TotalProps {
  readonly name: string;
  readonly amount: Amounts;
  readonly unit: Unit;
  readonly whole: number;
}

function Total({ name, amount, unit, whole }: TotalProps) {
  return (
    <div className="funnel__row funnel__row--total">
      <span className="funnel__name">{name}</span>
      <Bar left={amount[unit] / whole} lost={0} />
      <span className="funnel__lost" />
      <span className="number">{written(amount[unit], unit)}</span>
    </div>
  );
}

interface StepProps extends FunnelProps {
  readonly step: FunnelStep;
  readonly unit: Unit;
  readonly whole: number;
}

function Step({ path, step, unit, whole, corpus }: StepProps) {
  const { data: words } = useWords();
  const [isOpen, setIsOpen] = useState(false);
  const largest = Math.max(1, ...step.reasons.map((reason) => reason[unit]));
  return (
    <div className="funnel__step">
      <button
        type="button"
        className="funnel__row"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <span className="funnel__name">
          <Icon name="chevron" size={12} />
          <span>{words.steps[step.step] ?? step.step}</span>
        </span>
        <Bar left={step.left[unit] / whole} lost={step.lost[unit] / whole} />
        <span className="funnel__lost">−{written(step.lost[unit], unit)}</span>
        <span className="number">{written(step.left[unit], unit)}</span>
      </button>
      {isOpen ? (
        <div className="reasons">
          {step.reasons.map((reason) => (
            <ReasonRow
              key={reason.reason}
              path={path}
              step={step.step}
              reason={reason}
              unit={unit}
              largest={largest}
              isStored={corpus.stored.rejected > 0}
            />
          ))}
        </div>
      ) : null}
    </div>
  );
}

interface ReasonRowProps {
  readonly path: string;
  readonly step: string;
  readonly reason: Reason;
  readonly unit: Unit;
  readonly largest: number;
  readonly isStored: boolean;
}

function ReasonRow({ path, step, reason, unit, largest, isStored }: ReasonRowProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div>
      <button
        type="button"
        className="reasons__row"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <Icon name="chevron" size={12} />
        <code>{reason.reason}</code>
        <span className="reasons__bar">
          <i style={{ width: `${(100 * reason[unit]) / largest}%` }} />
        </span>
        <span className="number">{written(reason[unit], unit)}</span>
      </button>
      {isOpen ? <Examples path={path} step={step} reason={reason} isStored={isStored} /> : null}
    </div>
  );
}

function Examples({ path, step, reason, isStored }: Omit<ReasonRowProps, "unit" | "largest">) {
  const { data: words } = useWords();
  const wanted = { part: "rejected", step, reason: reason.reason } as const;
  const query = useQuery<DocumentPage>(
    isStored ? documentsPath(path, wanted, 0, MAX_EXAMPLES) : null,
  );
  if (!isStored) return <p className="examples muted">{words.funnel.noExamples}</p>;
  if (query.failure) return <ErrorNote failure={query.failure} onRetry={query.reload} />;
  if (!query.data) return <Skeleton lines={3} />;
  const { rows } = query.data;
  return (
    <div className="examples">
      {rows.map((row) => (
        <Link
          key={row.row}
          className="examples__one"
          to={documentsPlace(path, wanted, row.row)}
          lang={row.fields.language ?? undefined}
        >
          <span className="examples__text">{row.snippet.replace(/\s+/g, " ")}</span>
          <span className="faint small">
            {row.fields.source} · {whole(row.characters)}
          </span>
        </Link>
      ))}
      <p className="small muted row">
        {words.funnel.examples(whole(rows.length), whole(reason.documents))}
        <Link to={documentsPlace(path, wanted, null)}>{words.funnel.allOfStep}</Link>
      </p>
    </div>
  );
}

function Bar({ left, lost }: { readonly left: number; readonly lost: number }) {
  return (
    <span className="funnel__bar" aria-hidden="true">
      <i style={{ width: `${100 * left}%` }} />
      <i className="funnel__gone" style={{ width: `${100 * lost}%` }} />
    </span>
  );
}

function Balance({ corpus }: { readonly corpus: Corpus }) {
  const { data: words } = useWords();
  const lost = corpus.funnel?.reduce((sum, step) => sum + step.lost.documents, 0) ?? 0;
  const repeated = corpus.repeated?.documents ?? 0;
  const missing = (corpus.read?.documents ?? 0) - (corpus.kept?.documents ?? 0) - lost;
  return (
    <p className="small muted">
      {[
        lost === 0 ? words.funnel.nothing : words.funnel.hint,
        missing === 0 ? words.funnel.balanced : words.funnel.unbalanced(whole(missing)),
        repeated > 0 ? words.funnel.repeated(whole(repeated)) : "",
      ].reduce(words.viewer.sentences)}
    </p>
  );
}

function written(value: number, unit: Unit): string {
  return unit === "bytes" ? bytes(value) : whole(value);
}
