/** One head, large: every token's look at every other, with a cursor that keys and mouse move. */
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { useWords } from "../../i18n/useLanguage";
import { cssColor } from "../../theme/colors";
import { percent, visible } from "../chat/tint";
import { weightOf } from "./halves";
import { rampOf } from "./ramp";
import type { LayerMap, TextToken } from "./types";

const LABEL = 92;
const LARGEST_CELL = 26;
const SMALLEST_CELL = 3;
const LABELLED_FROM = 10;

interface HeadMatrixProps {
  readonly map: LayerMap;
  readonly head: number;
  readonly isDark: boolean;
  readonly queries: readonly TextToken[];
  readonly keys: readonly TextToken[];
}

interface Cell {
  readonly query: number;
  readonly key: number;
}

export function HeadMatrix({ map, head, isDark, queries, keys }: HeadMatrixProps) {
  const { explain: words } = useWords();
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(480);
  const [cell, setCell] = useState<Cell | null>(null);
  const room = width - LABEL;
  const fitting = Math.floor(room / Math.max(map.numKeys, 1));
  const size = Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, fitting));

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (canvas.current) draw(canvas.current, map, head, { size, isDark, queries, keys, cell });
  }, [map, head, size, isDark, queries, keys, cell]);

  const point = (event: PointerEvent<HTMLCanvasElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const key = Math.floor((event.clientX - box.left - LABEL) / size);
    const query = Math.floor((event.clientY - box.top - LABEL) / size);
    const isInside = key >= 0 && query >= 0 && key < map.numKeys && query < map.numQueries;
    setCell(isInside ? { query, key } : null);
  };
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const now = cell ?? { query: map.numQueries - 1, key: 0 };
    setCell({
      query: clamp(now.query + step[0], map.numQueries),
      key: clamp(now.key + step[1], map.numKeys),
    });
  };
  return (
    <div className="matrix" ref={frame}>
      <p className="small muted" aria-live="polite">
        {cell
          ? words.looksAt(
              visible(queries[cell.query]?.text ?? ""),
              visible(keys[cell.key]?.text ?? ""),
              percent(weightOf(map, head, cell.query, cell.key)),
            )
          : words.matrixHint}
      </p>
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={words.matrixLabel}
        onPointerMove={point}
        onPointerLeave={() => setCell(null)}
        onKeyDown={move}
      />
    </div>
  );
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(count - 1, value));
}

interface Drawing {
  readonly size: number;
  readonly isDark: boolean;
  readonly queries: readonly TextToken[];
  readonly keys: readonly TextToken[];
  readonly cell: Cell | null;
}

function draw(canvas: HTMLCanvasElement, map: LayerMap, head: number, drawing: Drawing): void {
  const { size, isDark, cell } = drawing;
  const scale = window.devicePixelRatio || 1;
  const width = LABEL + map.numKeys * size;
  const height = LABEL + map.numQueries * size;
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(scale, scale);
  const ramp = rampOf(isDark);
  const gap = size > 8 ? 1 : 0;
  for (let query = 0; query < map.numQueries; query++) {
    for (let key = 0; key < map.numKeys; key++) {
      context.fillStyle = `rgb(${ramp(weightOf(map, head, query, key)).join(" ")})`;
      context.fillRect(LABEL + key * size, LABEL + query * size, size - gap, size - gap);
    }
  }
  if (size >= LABELLED_FROM) drawLabels(context, drawing);
  if (cell) {
    context.strokeStyle = cssColor("--accent");
    context.lineWidth = 1.5;
    context.strokeRect(LABEL + cell.key * size, LABEL + cell.query * size, size - gap, size - gap);
  }
}

function drawLabels(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { size, queries, keys, cell } = drawing;
  const family = getComputedStyle(document.body).fontFamily;
  context.textBaseline = "middle";
  const write = (text: string, isChosen: boolean) => {
    context.fillStyle = cssColor(isChosen ? "--accent" : "--text-2");
    context.font = `${isChosen ? 600 : 400} 11px ${family}`;
    context.fillText(short(text), 0, 0, LABEL - 8);
  };
  for (const [place, token] of queries.entries()) {
    context.save();
    context.textAlign = "right";
    context.translate(LABEL - 6, LABEL + (place + 0.5) * size);
    write(token.text, cell?.query === place);
    context.restore();
  }
  for (const [place, token] of keys.entries()) {
    context.save();
    context.textAlign = "left";
    context.translate(LABEL + (place + 0.5) * size, LABEL - 6);
    context.rotate(-Math.PI / 2.6);
    write(token.text, cell?.key === place);
    context.restore();
  }
}

function short(text: string): string {
  const seen = visible(text);
  return seen.length > 13 ? `${seen.slice(0, 12)}…` : seen;
}
