/** What the chosen runs show: their curves, or in what their recipes differ. */
import { useState } from "react";
import { Segments } from "../../components/Segments";
import { Select } from "../../components/Select";
import { useWords } from "../../i18n/useLanguage";
import { ChartControls } from "./ChartControls";
import { useChartSettings } from "./chartSettings";
import { Differences } from "./Differences";
import { LOSS, metricsOf, stagesOf } from "./metrics";
import { OverlaidCurves } from "./OverlaidCurves";
import type { RunRow } from "./types";

type View = "curves" | "differences";

interface ChosenProps {
  readonly runs: readonly RunRow[];
  readonly colorOf: (name: string) => string | null;
  readonly onChange: () => void;
}

export function Chosen({ runs, colorOf, onChange }: ChosenProps) {
  const { runs: words } = useWords();
  const [view, setView] = useState<View>("curves");
  const [metric, setMetric] = useState(LOSS);
  const [stage, setStage] = useState("pretrain");
  const [settings, change] = useChartSettings();
  const stages = stagesOf(runs);
  const metrics = metricsOf(runs);
  const shownStage = stages.includes(stage) ? stage : (stages[0] ?? stage);
  const shownMetric = metrics.includes(metric) ? metric : LOSS;
  return (
    <section className="panel" aria-label={words.chosen}>
      <div className="panel__head">
        <Segments
          label={words.view}
          value={view}
          options={[
            { value: "curves", label: words.curves },
            { value: "differences", label: words.differences },
          ]}
          onChange={setView}
        />
        {view === "curves" ? (
          <>
            {stages.length > 1 ? (
              <Select
                label={words.columns.stage}
                value={shownStage}
                options={stages.map((one) => ({ value: one, label: one }))}
                onChange={setStage}
              />
            ) : null}
            <Select
              label={words.metricLabel}
              value={shownMetric}
              options={metrics.map((one) => ({ value: one, label: words.metric(one) }))}
              onChange={setMetric}
            />
            <ChartControls settings={settings} onChange={change} hasSplits={shownMetric === LOSS} />
          </>
        ) : null}
      </div>
      <div className="panel__body">
        {view === "curves" ? (
          <OverlaidCurves
            runs={runs}
            stage={shownStage}
            metric={shownMetric}
            settings={settings}
            colorOf={colorOf}
            onChange={onChange}
          />
        ) : (
          <Differences names={runs.map((run) => run.name)} />
        )}
      </div>
    </section>
  );
}
