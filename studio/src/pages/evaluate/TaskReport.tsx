/** One evaluation of a task: its figures and what a sceptic would ask, or its items. */
import { useQuery } from "../../api/useQuery";
import { ErrorNote } from "../../components/ErrorNote";
import { Skeleton } from "../../components/Skeleton";
import { Tabs } from "../../components/Tabs";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";
import { whole } from "../../numbers/format";
import { Link } from "../../router/Link";
import { setParameters, usePlace } from "../../router/location";
import { reportPath, shortPlace } from "./addresses";
import { Calibration } from "./Calibration";
import { Classes, Confusion } from "./Classes";
import { Comparisons, Figures } from "./Figures";
import { Items } from "./Items";
import { Robustness } from "./Robustness";
import { Contamination, Draws, Generalisation } from "./Trust";
import type { Report } from "./types";

type Tab = "results" | "items";

interface TaskReportProps {
  readonly run: string;
  readonly place: string;
}

export function TaskReport({ run, place }: TaskReportProps) {
  const { evaluate: words } = useWords();
  const { parameters } = usePlace();
  const report = useQuery<Report>(reportPath(run, place));
  const tab: Tab = parameters.get("tab") === "items" ? "items" : "results";
  return (
    <div className="page">
      <PageHead
        title={`${report.data?.task ?? ""} · ${run}/${shortPlace(place)}`}
        beside={<Link to="/evaluate">{words.back}</Link>}
      />
      {report.failure ? <ErrorNote failure={report.failure} onRetry={report.reload} /> : null}
      {!report.data && !report.failure ? <Skeleton lines={8} /> : null}
      {report.data ? (
        <>
          <Facts report={report.data} />
          <Tabs<Tab>
            label={words.task.parts}
            value={tab}
            options={[
              { value: "results", label: words.task.tabs.results },
              { value: "items", label: words.task.tabs.items },
            ]}
            onChange={(next) => setParameters({ tab: next === "items" ? next : null })}
          >
            {tab === "items" ? <Items report={report.data} /> : <Results report={report.data} />}
          </Tabs>
        </>
      ) : null}
    </div>
  );
}

function Facts({ report }: { readonly report: Report }) {
  const { evaluate: words } = useWords();
  const split = words.splits[report.split] ?? report.split;
  const { openings } = report;
  const parts = [
    `${words.tasks.kinds[report.kind] ?? report.kind} · ${report.language}`,
    words.task.split(split, whole(report.num_items)),
    report.trained_on ? words.task.trainedOn(report.trained_on) : null,
    report.num_truncated
      ? words.task.truncated(whole(report.num_truncated), whole(report.num_tokens_cut))
      : null,
    openings && openings.openings > 0
      ? words.task.openings(whole(openings.openings), whole(openings.models))
      : null,
  ];
  return (
    <p className="evaluate__facts muted">
      {parts
        .filter((part) => part !== null)
        .map((part) => (
          <span key={part}>{part}</span>
        ))}
      <code>{report.model}</code>
    </p>
  );
}

function Results({ report }: { readonly report: Report }) {
  return (
    <div className="stack evaluate">
      <Figures report={report} />
      <Comparisons report={report} />
      <div className="evaluate__pair">
        <Confusion report={report} />
        <Calibration report={report} />
      </div>
      <Classes report={report} />
      <Robustness report={report} />
      <Contamination report={report} />
      <Generalisation report={report} />
      <Draws report={report} />
    </div>
  );
}
