/** What uPlot is told: axes, lines and bands in the colours of the theme. */
import type uPlot from "uplot";
import { cssColor } from "../../theme/colors";

export interface Line {
  readonly label: string;
  readonly color: string;
  readonly isDashed: boolean;
  readonly isShown: boolean;
  readonly hasBand: boolean;
  readonly hasDots: boolean;
}

export interface PlotWish {
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
  readonly isLogX: boolean;
  readonly isLogY: boolean;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  readonly onCursor: (place: number | null) => void;
  readonly onZoom: (range: readonly [number, number] | null) => void;
}

const FONT_PX = 11;
const BAND_OPACITY = "26";

/** Series 0 is x; each line has three: its value and the edges of its band. */
export function plotOptions(wish: PlotWish): uPlot.Options {
  return {
    width: wish.width,
    height: wish.height,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: true, y: false, setScale: true },
      focus: { prox: -1 },
    },
    scales: {
      x: { time: false, distr: wish.isLogX ? 3 : 1 },
      y: wish.isLogY ? { distr: 3 } : {},
    },
    axes: [axis(wish.formatX, 30), axis(wish.formatY, 52)],
    series: [{}, ...wish.lines.flatMap(seriesOf)],
    bands: wish.lines.flatMap((line, index) =>
      line.hasBand
        ? [{ series: [3 * index + 3, 3 * index + 2] as [number, number], fill: bandFill(line) }]
        : [],
    ),
    hooks: {
      setCursor: [(plot) => wish.onCursor(plot.cursor.idx ?? null)],
      setScale: [
        (plot, name) => {
          if (name !== "x") return;
          const { min, max } = plot.scales.x ?? {};
          const xs = plot.data[0];
          if (min == null || max == null || xs.length === 0) return;
          const isWhole = min <= (xs[0] ?? min) && max >= (xs[xs.length - 1] ?? max);
          wish.onZoom(isWhole ? null : [min, max]);
        },
      ],
    },
  };
}

function axis(format: (value: number) => string, size: number): uPlot.Axis {
  return {
    stroke: cssColor("--text-3"),
    font: `${FONT_PX}px ${cssColor("--sans")}`,
    grid: { stroke: cssColor("--line"), width: 1 },
    ticks: { show: false },
    size,
    gap: 6,
    values: (_, splits) => splits.map((split) => (split == null ? "" : format(split))),
  };
}

function seriesOf(line: Line): uPlot.Series[] {
  const edge: uPlot.Series = {
    show: line.isShown && line.hasBand,
    stroke: "transparent",
    width: 0,
    points: { show: false },
    spanGaps: true,
  };
  return [
    {
      label: line.label,
      show: line.isShown,
      stroke: line.color,
      width: 1.6,
      spanGaps: true,
      points: { show: line.hasDots, size: 5, fill: line.color },
      ...(line.isDashed ? { dash: [5, 4] } : {}),
    },
    edge,
    edge,
  ];
}

function bandFill(line: Line): string {
  return line.color + BAND_OPACITY;
}
