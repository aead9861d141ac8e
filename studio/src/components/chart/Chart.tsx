/**
 * Curves over one x axis: drag to zoom, double-click or Escape to see all, arrow keys to read
 * values, names to show and hide lines.
 */
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { join, positive, valueAt } from "../../curves/join";
import type { Drawn } from "../../curves/thin";
import { useWords } from "../../i18n/useLanguage";
import { short } from "../../numbers/format";
import { useIsDark } from "../../theme/theme";
import { Legend } from "./Legend";
import { plotOptions } from "./plot";

export interface ChartCurve {
  readonly id: string;
  readonly label: string;
  readonly color: string;
  readonly drawn: Drawn;
  readonly isDashed?: boolean;
}

interface ChartProps {
  readonly label: string;
  readonly curves: readonly ChartCurve[];
  readonly formatX: (value: number) => string;
  readonly formatY?: (value: number) => string;
  readonly height?: number;
  readonly isLogX?: boolean;
  readonly isLogY?: boolean;
  readonly hasLegend?: boolean;
}

const FEW_POINTS = 40;

export function Chart(props: ChartProps) {
  const { label, curves, formatX, height = 300, isLogX = false, isLogY = false } = props;
  const formatY = props.formatY ?? formatValue;
  const { shell } = useWords();
  const isDark = useIsDark();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const range = useRef<readonly [number, number] | null>(null);
  const [place, setPlace] = useState<number | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());

  const joined = useMemo(
    () => join(curves.map((curve) => positive(curve.drawn, isLogX, isLogY))),
    [curves, isLogX, isLogY],
  );
  const lines = curves.map((curve) => ({
    label: curve.label,
    color: curve.color,
    isDashed: curve.isDashed ?? false,
    isShown: !hidden.has(curve.id),
    hasBand: curve.drawn.low !== null,
    hasDots: curve.drawn.x.length <= FEW_POINTS,
  }));
  const shape = JSON.stringify([lines, isLogX, isLogY, height, isDark]);
  const latest = useRef({ joined, lines, formatX, formatY });
  latest.current = { joined, lines, formatX, formatY };

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for what it is made of.
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const now = latest.current;
    const made = new uPlot(
      plotOptions({
        lines: now.lines,
        width: element.clientWidth || 600,
        height,
        isLogX,
        isLogY,
        formatX: (value) => latest.current.formatX(value),
        formatY: (value) => latest.current.formatY(value),
        onCursor: setPlace,
        onZoom: (zoomed) => {
          range.current = zoomed;
        },
      }),
      dataOf(now.joined),
      element,
    );
    plot.current = made;
    const kept = range.current;
    if (kept) made.setScale("x", { min: kept[0], max: kept[1] });
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    const made = plot.current;
    if (!made || made.data[0] === (joined.x as unknown)) return;
    const kept = range.current;
    made.setData(dataOf(joined), kept === null);
    if (kept) made.setScale("x", { min: kept[0], max: kept[1] });
  }, [joined]);

  const read = (event: KeyboardEvent) => {
    const made = plot.current;
    if (!made) return;
    const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 20, PageUp: -20 }[event.key];
    if (event.key === "Escape") showAll(made);
    if (step === undefined) return;
    event.preventDefault();
    const xs = made.data[0];
    const next = Math.min(Math.max((made.cursor.idx ?? 0) + step, 0), xs.length - 1);
    made.setCursor({ left: made.valToPos(xs[next] ?? 0, "x"), top: 10 });
  };

  const x = place === null ? null : (joined.x[place] ?? null);
  const values = curves.map((_, index) =>
    valueAt(joined.columns[index]?.[0] ?? [], place ?? Number.MAX_SAFE_INTEGER),
  );
  return (
    <figure className="chart" aria-label={label}>
      <div
        className="chart__canvas"
        ref={frame}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read its values.
        tabIndex={0}
        role="img"
        aria-label={label}
        onKeyDown={read}
      />
      {(props.hasLegend ?? true) ? (
        <Legend
          x={x === null ? null : formatX(x)}
          entries={curves.map((curve, index) => ({
            id: curve.id,
            label: curve.label,
            color: curve.color,
            isDashed: curve.isDashed ?? false,
            isShown: !hidden.has(curve.id),
            value: readable(values[index], props.formatY),
          }))}
          toggleLabel={shell.legendToggle}
          onToggle={(id) =>
            setHidden((before) => {
              const after = new Set(before);
              if (!after.delete(id)) after.add(id);
              return after;
            })
          }
        />
      ) : null}
    </figure>
  );
}

function showAll(plot: uPlot): void {
  const xs = plot.data[0];
  if (xs.length > 0) plot.setScale("x", { min: xs[0] ?? 0, max: xs[xs.length - 1] ?? 1 });
}

function dataOf(joined: ReturnType<typeof join>): uPlot.AlignedData {
  const columns = joined.columns.flatMap(([value, low, high]) => [value, low ?? [], high ?? []]);
  return [joined.x, ...columns] as uPlot.AlignedData;
}

function formatValue(value: number): string {
  return short(value, 4);
}

/** A value is read more closely than an axis. */
function readable(
  value: number | null | undefined,
  format: ((value: number) => string) | undefined,
): string {
  return value === null || value === undefined || !format ? short(value, 5) : format(value);
}
