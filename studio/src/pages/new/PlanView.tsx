/** What the draft would cost, as `yanmo plan` says it. */
import { useEffect, useState } from "react";
import { postJson } from "../../api/client";
import { type ApiFailure, failureOf, isAborted } from "../../api/failure";
import { ErrorNote } from "../../components/ErrorNote";
import { Panel } from "../../components/Panel";
import { Skeleton } from "../../components/Skeleton";
import { useLanguage, useWords, type Words } from "../../i18n/useLanguage";
import { bytes, compact, duration, short, whole } from "../../numbers/format";
import type { BasePlan, DraftPlan } from "./types";
import type { Table } from "./values";

const WAIT_MS = 500;

export function PlanView({ values }: { readonly values: Table | null }) {
  const { newRun: words } = useWords();
  const language = useLanguage();
  const [plan, setPlan] = useState<DraftPlan | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [probed, setProbed] = useState<Table | null>(null);
  const hasProbe = probed !== null && probed === values;
  const [isBusy, setIsBusy] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `language` asks again.
  useEffect(() => {
    if (values === null) return;
    const controller = new AbortController();
    setIsBusy(true);
    const timer = setTimeout(
      () => {
        const body = { values, has_probe: hasProbe };
        postJson<DraftPlan>("/api/draft/plan", body, { signal: controller.signal })
          .then((found) => {
            setPlan(found);
            setFailure(null);
          })
          .catch((error: unknown) => {
            if (!isAborted(error)) setFailure(failureOf(error));
          })
          .finally(() => {
            if (!controller.signal.aborted) setIsBusy(false);
          });
      },
      hasProbe ? 0 : WAIT_MS,
    );
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [values, hasProbe, language]);

  return (
    <Panel
      title={words.plan}
      actions={
        <button
          type="button"
          className="button button--small"
          title={words.probeHint}
          disabled={values === null || isBusy || hasProbe}
          onClick={() => setProbed(values)}
        >
          {isBusy && hasProbe ? words.probing : words.probe}
        </button>
      }
    >
      {failure ? <ErrorNote failure={failure} /> : null}
      {values === null ? <p className="muted">{words.planAfterMistakes}</p> : null}
      {values !== null && !plan && !failure ? <Skeleton lines={5} /> : null}
      {values !== null && plan ? (
        <div data-busy={isBusy} className="plan stack">
          <Rows plan={plan} words={words} />
        </div>
      ) : null}
    </Panel>
  );
}

function Rows({ plan, words }: { readonly plan: DraftPlan; readonly words: Words["newRun"] }) {
  const { base } = plan;
  return (
    <>
      {base?.warning ? <div className="note note--warn">{base.warning}</div> : null}
      <dl className="facts plan__facts">
        {base
          ? rowsOf(base, words).map(([label, value, note]) => (
              <div key={label} className="facts__pair">
                <dt>{label}</dt>
                <dd>
                  <b>{value}</b> <span className="faint small">{note}</span>
                </dd>
              </div>
            ))
          : null}
        <dt>{words.trained}</dt>
        <dd>{Object.keys(plan.trained).join(", ") || "–"}</dd>
      </dl>
      {base ? <Memory base={base} label={words.memoryShare} /> : null}
    </>
  );
}

type PlanRow = readonly [label: string, value: string, note: string];

function rowsOf(base: BasePlan, words: Words["newRun"]): PlanRow[] {
  const rows: PlanRow[] = [
    [
      words.params,
      compact(base.num_params),
      words.withoutEmbeddings(compact(base.num_params_non_embedding)),
    ],
    [
      words.flops,
      base.total_flops.toExponential(2),
      words.flopsPerToken(compact(base.flops_per_token)),
    ],
    [
      words.tokens,
      compact(base.train_tokens),
      words.tokensPerParam(short(base.train_tokens / base.num_params, 3)),
    ],
    [words.memory, bytes(base.memory_bytes), words.ofMachine(bytes(base.machine_bytes))],
    [
      words.disk,
      bytes(base.disk_bytes),
      words.checkpoints(bytes(base.checkpoint_bytes), base.num_checkpoints),
    ],
  ];
  if (base.total_s !== null) {
    const speed = words.speed(whole(base.probe_tokens_per_s), base.device ?? "");
    rows.push([words.time, duration(base.total_s), speed]);
  }
  if (base.watt_hours !== null) rows.push([words.energy, `${short(base.watt_hours, 3)} Wh`, ""]);
  return rows;
}

function Memory({ base, label }: { readonly base: BasePlan; readonly label: string }) {
  return (
    <meter
      aria-label={label}
      className="plan__memory"
      min={0}
      max={base.machine_bytes}
      high={base.machine_bytes * 0.9}
      value={Math.min(base.memory_bytes, base.machine_bytes)}
    />
  );
}
