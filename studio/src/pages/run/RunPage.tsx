/** The page Run: one run, as it goes on or as it went. */
import { type ReactNode, useEffect } from "react";
import { pathOf } from "../../api/client";
import { useQuery } from "../../api/useQuery";
import { Empty } from "../../components/Empty";
import { ErrorNote } from "../../components/ErrorNote";
import { Skeleton } from "../../components/Skeleton";
import { Tabs } from "../../components/Tabs";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";
import { goTo, setParameters, usePlace } from "../../router/location";
import { type PageProps, runPath } from "../../router/routes";
import { StateBadge } from "../runs/StateBadge";
import type { RunList } from "../runs/types";
import { Actions } from "./Actions";
import { CurvesTab } from "./CurvesTab";
import { Figures } from "./Figures";
import { HistoryTab } from "./HistoryTab";
import { RecipeTab } from "./RecipeTab";
import "./run.css";
import { SamplesTab } from "./SamplesTab";
import { StagesTab } from "./StagesTab";
import type { RunDetail } from "./types";

const EVERY_MS = 2500;
const TABS = ["curves", "samples", "history", "stages", "recipe"] as const;
type TabName = (typeof TABS)[number];

export default function RunPage({ name }: PageProps) {
  return name === "" ? <NewestRun /> : <OneRun key={name} name={name} />;
}

/** `/run` means the run that changed last. */
function NewestRun() {
  const { run: words } = useWords();
  const { data, failure } = useQuery<RunList>("/api/runs");
  useEffect(() => {
    const [newest] = [...(data?.runs ?? [])].sort(
      (a, b) => (b.changed_at ?? 0) - (a.changed_at ?? 0),
    );
    if (newest) goTo(runPath(newest.name), { replace: true });
  }, [data]);
  return (
    <div className="page">
      <PageHead title={words.title} />
      {failure ? <ErrorNote failure={failure} /> : null}
      {data ? <Empty title={words.noRun} /> : <Skeleton lines={6} />}
    </div>
  );
}

function OneRun({ name }: { readonly name: string }) {
  const path = pathOf("/api/runs/{name}", { name });
  const { data, failure, reload } = useQuery<RunDetail>(path, EVERY_MS);
  return (
    <div className="page">
      <PageHead
        title={name}
        beside={data ? <StateBadge state={data.row.state} why={data.row.why} /> : null}
        actions={data ? <Actions detail={data} onChange={reload} /> : null}
      />
      {failure ? <ErrorNote failure={failure} onRetry={reload} /> : null}
      {!data && !failure ? <Skeleton lines={6} /> : null}
      {data ? <RunBody detail={data} onChange={reload} /> : null}
    </div>
  );
}

interface RunBodyProps {
  readonly detail: RunDetail;
  readonly onChange: () => void;
}

function RunBody({ detail, onChange }: RunBodyProps) {
  const { run: words } = useWords();
  const { parameters } = usePlace();
  const given = parameters.get("tab");
  const tab: TabName = TABS.find((one) => one === given) ?? "curves";
  const shown: Readonly<Record<TabName, ReactNode>> = {
    curves: <CurvesTab detail={detail} onChange={onChange} />,
    samples: <SamplesTab detail={detail} />,
    history: <HistoryTab detail={detail} />,
    stages: <StagesTab detail={detail} />,
    recipe: <RecipeTab detail={detail} />,
  };
  return (
    <>
      {detail.row.why ? (
        <div className="note note--bad" role="status">
          {detail.row.why}
        </div>
      ) : null}
      <Figures detail={detail} />
      <Tabs
        label={words.title}
        value={tab}
        options={TABS.map((one) => ({ value: one, label: words.tabs[one] }))}
        onChange={(one) => setParameters({ tab: one === "curves" ? null : one })}
      >
        <div className="run-tab">{shown[tab]}</div>
      </Tabs>
    </>
  );
}
