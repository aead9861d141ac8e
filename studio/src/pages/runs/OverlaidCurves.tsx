/** The curves of the chosen runs over one another. */
import { useMemo } from "react";
import { Chart, type ChartCurve } from "../../components/chart/Chart";
import { Empty } from "../../components/Empty";
import { ErrorNote } from "../../components/ErrorNote";
import { Skeleton } from "../../components/Skeleton";
import { formatAxis } from "../../curves/axis";
import { drawnOf } from "../../curves/draw";
import { type LogCurves, useCurves } from "../../curves/useCurves";
import { useWords } from "../../i18n/useLanguage";
import type { ChartSettings } from "./chartSettings";
import { isNoisy, isValidation, keysOf } from "./metrics";
import type { RunRow } from "./types";

const MAX_POINTS = 4000;
const MOST_DRAWN = 1200;

interface OverlaidCurvesProps {
  readonly runs: readonly RunRow[];
  readonly stage: string;
  readonly metric: string;
  readonly settings: ChartSettings;
  readonly colorOf: (name: string) => string | null;
  readonly onChange: () => void;
}

export function OverlaidCurves(props: OverlaidCurvesProps) {
  const { runs, stage, metric, settings, colorOf, onChange } = props;
  const { runs: words } = useWords();
  const shown = runs.filter((run) => run.logs.includes(stage));
  const keys = keysOf(metric).filter((key) =>
    keysOf(metric).length < 2
      ? true
      : isValidation(key)
        ? settings.hasValidation
        : settings.hasTrain,
  );
  const { logs, failure, isLoading } = useCurves({
    logs: shown.map((run) => ({ run: run.name, stage })),
    keys,
    axis: settings.axis,
    maxPoints: MAX_POINTS,
    onState: onChange,
  });
  const curves = useMemo(
    () => chartCurves(logs, keysOf(metric), settings, colorOf, words.validation),
    [logs, metric, settings, colorOf, words],
  );
  if (failure) return <ErrorNote failure={failure} />;
  if (shown.length === 0)
    return (
      <Empty title={words.nothingChosen}>
        <p>{words.chooseHint}</p>
      </Empty>
    );
  if (isLoading && curves.length === 0) return <Skeleton lines={8} />;
  if (curves.length === 0) return <Empty title={words.noPoints} />;
  return (
    <Chart
      label={words.chartLabel(words.metric(metric), words.axes[settings.axis])}
      curves={curves}
      height={380}
      formatX={(value) => formatAxis(settings.axis, value)}
      isLogX={settings.isLogX}
      isLogY={settings.isLogY}
    />
  );
}

function chartCurves(
  logs: readonly LogCurves[],
  keys: readonly string[],
  settings: ChartSettings,
  colorOf: (name: string) => string | null,
  validation: string,
): ChartCurve[] {
  return logs.flatMap((log) =>
    keys.flatMap((key) => {
      const points = log.series[key];
      if (!points || points.x.length === 0) return [];
      const isSecond = isValidation(key) && keys.length > 1;
      const weight = isNoisy(key) ? settings.smoothing : 0;
      return [
        {
          id: `${log.run}|${key}`,
          label: isSecond ? `${log.run} · ${validation}` : log.run,
          color: colorOf(log.run) ?? "#888888",
          drawn: drawnOf(points, weight, MOST_DRAWN),
          isDashed: isSecond,
        },
      ];
    }),
  );
}
