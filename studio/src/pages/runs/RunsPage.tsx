/** The page Runs: the runs of the folder, and the curves and recipes of those that are chosen. */
import { useCallback, useMemo, useState } from "react";
import { useQuery } from "../../api/useQuery";
import { Command } from "../../components/Command";
import { Empty } from "../../components/Empty";
import { ErrorNote } from "../../components/ErrorNote";
import { Icon } from "../../components/Icon";
import { Panel } from "../../components/Panel";
import { SearchInput } from "../../components/SearchInput";
import { Select } from "../../components/Select";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";
import { Link } from "../../router/Link";
import { seriesColor } from "../../theme/colors";
import { useIsDark } from "../../theme/theme";
import { Chosen } from "./Chosen";
import { useChosen } from "./chosen";
import { RunsTable } from "./RunsTable";
import "./runs.css";
import type { RunList, RunRow, StateName } from "./types";

const EVERY_MS = 4000;
const STATES: readonly StateName[] = ["running", "finished", "stopped", "failed", "partial"];
const NO_RUNS: readonly RunRow[] = [];

export default function RunsPage() {
  const { runs: words, shell } = useWords();
  const { data, failure, reload } = useQuery<RunList>("/api/runs", EVERY_MS);
  const [search, setSearch] = useState("");
  const [state, setState] = useState<StateName | "all">("all");
  const runs = data?.runs ?? NO_RUNS;
  const [chosen, choose] = useChosen(runs);
  const isDark = useIsDark();
  const colorOf = useCallback(
    (name: string) => {
      const place = [...chosen].indexOf(name);
      return place < 0 ? null : seriesColor(place, isDark);
    },
    [chosen, isDark],
  );
  const shown = useMemo(
    () =>
      runs.filter(
        (run) =>
          (state === "all" || run.state === state) &&
          run.name.toLowerCase().includes(search.trim().toLowerCase()),
      ),
    [runs, search, state],
  );
  return (
    <div className="page">
      <PageHead
        title={words.title}
        beside={data ? <code className="faint runs-folder">{data.folder}</code> : null}
        actions={
          <Link to="/new" className="button button--primary">
            <Icon name="plus" />
            {shell.pages.new}
          </Link>
        }
      />
      {failure ? <ErrorNote failure={failure} onRetry={reload} /> : null}
      {!data && !failure ? <Skeleton lines={6} /> : null}
      {data && runs.length === 0 ? (
        <Empty title={words.noRuns}>
          <p>{words.noRunsHint}</p>
          <Command text="yanmo demo" />
        </Empty>
      ) : null}
      {data && runs.length > 0 ? (
        <>
          <Panel isFlush={true}>
            <div className="row runs-filters">
              <SearchInput label={words.filter} value={search} onChange={setSearch} />
              <Select
                label={words.columns.state}
                value={state}
                options={[
                  { value: "all", label: words.allStates },
                  ...STATES.map((one) => ({ value: one, label: words.states[one] })),
                ]}
                onChange={setState}
              />
              <span className="faint small">{words.count(shown.length, runs.length)}</span>
            </div>
            <div className="runs-table">
              <RunsTable runs={shown} selection={{ chosen, onChange: choose }} colorOf={colorOf} />
            </div>
          </Panel>
          <Chosen
            runs={runs.filter((run) => chosen.has(run.name))}
            colorOf={colorOf}
            onChange={reload}
          />
        </>
      ) : null}
    </div>
  );
}
