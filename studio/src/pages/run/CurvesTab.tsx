/** The curves of one run: the loss, and smaller ones for everything else that was logged. */
import { useMemo, useState } from "react";
import { Chart, type ChartCurve } from "../../components/chart/Chart";
import { Empty } from "../../components/Empty";
import { ErrorNote } from "../../components/ErrorNote";
import { Panel } from "../../components/Panel";
import { Select } from "../../components/Select";
import { Skeleton } from "../../components/Skeleton";
import { formatAxis } from "../../curves/axis";
import { drawnOf } from "../../curves/draw";
import { type LogCurves, useCurves } from "../../curves/useCurves";
import { useWords } from "../../i18n/useLanguage";
import { bytes, compact, short } from "../../numbers/format";
import { seriesColor } from "../../theme/colors";
import { useIsDark } from "../../theme/theme";
import { ChartControls } from "../runs/ChartControls";
import { type ChartSettings, useChartSettings } from "../runs/chartSettings";
import { isNoisy, isValidation, keysOf, LOSS, metricsOf } from "../runs/metrics";
import type { RunDetail } from "./types";

const MAX_POINTS = 3000;
const MOST_DRAWN = { large: 1400, small: 500 };
const HEIGHT = { large: 320, small: 170 };

interface CurvesTabProps {
  readonly detail: RunDetail;
  readonly onChange: () => void;
}

export function CurvesTab({ detail, onChange }: CurvesTabProps) {
  const { runs: words, run: own } = useWords();
  const { row } = detail;
  const [stage, setStage] = useState(row.logs[0] ?? "pretrain");
  const [settings, change] = useChartSettings();
  const shown = row.logs.includes(stage) ? stage : (row.logs[0] ?? null);
  const metrics = metricsOf([row]);
  const { logs, failure, isLoading } = useCurves({
    logs: shown === null ? [] : [{ run: row.name, stage: shown }],
    keys: metrics.flatMap(keysOf),
    axis: settings.axis,
    maxPoints: MAX_POINTS,
    onState: onChange,
  });
  const [log] = logs;
  if (failure) return <ErrorNote failure={failure} />;
  if (shown === null) {
    return (
      <Empty title={words.noPoints}>
        <p>{own.notTrainedYet}</p>
      </Empty>
    );
  }
  if (!log) return isLoading ? <Skeleton lines={8} /> : <Empty title={words.noPoints} />;
  return (
    <>
      <div className="row">
        {row.logs.length > 1 ? (
          <Select
            label={words.columns.stage}
            value={shown}
            options={row.logs.map((one) => ({ value: one, label: one }))}
            onChange={setStage}
          />
        ) : null}
        <ChartControls settings={settings} onChange={change} />
      </div>
      <MetricPanel log={log} metric={LOSS} settings={settings} size="large" />
      <div className="small-charts">
        {metrics
          .filter((metric) => metric !== LOSS)
          .map((metric) => (
            <MetricPanel key={metric} log={log} metric={metric} settings={settings} size="small" />
          ))}
      </div>
    </>
  );
}

interface MetricPanelProps {
  readonly log: LogCurves;
  readonly metric: string;
  readonly settings: ChartSettings;
  readonly size: "large" | "small";
}

function MetricPanel({ log, metric, settings, size }: MetricPanelProps) {
  const { runs: words } = useWords();
  const isDark = useIsDark();
  const curves = useMemo(
    () => curvesOf(log, metric, settings, isDark, MOST_DRAWN[size], words),
    [log, metric, settings, isDark, size, words],
  );
  if (curves.length === 0) return null;
  const isBytes = metric.endsWith("_bytes");
  return (
    <Panel title={words.metric(metric)}>
      <Chart
        label={words.chartLabel(words.metric(metric), words.axes[settings.axis])}
        curves={curves}
        height={HEIGHT[size]}
        formatX={(value) => formatAxis(settings.axis, value)}
        formatY={isBytes ? bytes : Math.abs(curves[0]?.drawn.y[0] ?? 0) > 1e4 ? compact : short}
        isLogX={settings.isLogX}
        isLogY={settings.isLogY && metric === LOSS}
      />
    </Panel>
  );
}

function curvesOf(
  log: LogCurves,
  metric: string,
  settings: ChartSettings,
  isDark: boolean,
  most: number,
  words: {
    readonly train: string;
    readonly validation: string;
    readonly metric: (key: string) => string;
  },
): ChartCurve[] {
  const keys = keysOf(metric);
  return keys.flatMap((key, index) => {
    const points = log.series[key];
    const isWanted =
      keys.length < 2 || (isValidation(key) ? settings.hasValidation : settings.hasTrain);
    if (!points || points.x.length === 0 || !isWanted) return [];
    const name = isValidation(key) ? words.validation : words.train;
    return [
      {
        id: key,
        label: keys.length > 1 ? name : words.metric(key),
        color: seriesColor(index, isDark),
        drawn: drawnOf(points, isNoisy(key) ? settings.smoothing : 0, most),
      },
    ];
  });
}
