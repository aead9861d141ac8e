/** How the curves are shown; kept in the browser, so that the next visit begins as this one ended. */
import { useCallback, useState } from "react";
import type { Axis } from "../../curves/axis";

export interface ChartSettings {
  readonly axis: Axis;
  readonly isLogX: boolean;
  readonly isLogY: boolean;
  readonly smoothing: number;
  readonly hasTrain: boolean;
  readonly hasValidation: boolean;
}

const KEY = "yanmo.chart";
const DEFAULT: ChartSettings = {
  axis: "step",
  isLogX: false,
  isLogY: false,
  smoothing: 0.6,
  hasTrain: true,
  hasValidation: true,
};

export type ChangeSettings = (change: Partial<ChartSettings>) => void;

export function useChartSettings(): readonly [ChartSettings, ChangeSettings] {
  const [settings, setSettings] = useState<ChartSettings>(remembered);
  const change = useCallback((changes: Partial<ChartSettings>) => {
    setSettings((before) => {
      const after = { ...before, ...changes };
      localStorage.setItem(KEY, JSON.stringify(after));
      return after;
    });
  }, []);
  return [settings, change];
}

function remembered(): ChartSettings {
  try {
    return {
      ...DEFAULT,
      ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<ChartSettings>),
    };
  } catch {
    return DEFAULT;
  }
}
