/** The curves of several runs: read once, then followed as the runs write them. */
import { useEffect, useMemo, useRef, useState } from "react";
import { getJson, pathOf } from "../api/client";
import { followEvents } from "../api/events";
import { type ApiFailure, failureOf, isAborted } from "../api/failure";
import type { ServerEvent } from "../api/sse";
import type { Axis } from "./axis";
import { appended, type Points } from "./points";

export interface CurveLog {
  readonly run: string;
  readonly stage: string;
}

export interface LogCurves extends CurveLog {
  readonly generation: number;
  readonly row: number;
  readonly series: Readonly<Record<string, Points>>;
}

export interface StateChange {
  readonly run: string;
  readonly state: string;
  readonly stage: string | null;
}

export interface Curves {
  readonly logs: readonly LogCurves[];
  readonly failure: ApiFailure | null;
  readonly isLoading: boolean;
}

interface CurveWish {
  readonly logs: readonly CurveLog[];
  readonly keys: readonly string[];
  readonly axis: Axis;
  readonly maxPoints: number;
  readonly onState?: (change: StateChange) => void;
}

export function useCurves({ logs, keys, axis, maxPoints, onState }: CurveWish): Curves {
  const wish = JSON.stringify([logs, keys, axis, maxPoints]);
  const [found, setFound] = useState<ReadonlyMap<string, LogCurves>>(new Map());
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [isLoading, setIsLoading] = useState(false);
  const [turn, setTurn] = useState(0);
  const tellState = useRef(onState);
  tellState.current = onState;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` reads everything again.
  useEffect(() => {
    const [wantedLogs, wantedKeys, wantedAxis, most] = JSON.parse(wish) as [
      CurveLog[],
      string[],
      Axis,
      number,
    ];
    if (wantedLogs.length === 0 || wantedKeys.length === 0) {
      setFound(new Map());
      return;
    }
    const controller = new AbortController();
    const { signal } = controller;
    const current = new Map<string, LogCurves>();
    const publish = () => setFound(new Map(current));
    const take = (event: ServerEvent) => {
      const data = JSON.parse(event.data) as LogCurves & StateChange;
      if (event.name === "state") tellState.current?.(data);
      else if (event.name === "reset") setTurn((before) => before + 1);
      else {
        current.set(idOf(data), extended(current.get(idOf(data)), data));
        publish();
      }
    };
    setIsLoading(true);
    Promise.all(
      wantedLogs.map((log) =>
        readLog(log, wantedKeys, wantedAxis, most, signal).then((read) => {
          current.set(idOf(read), read);
        }),
      ),
    )
      .then(() => {
        publish();
        setFailure(null);
        setIsLoading(false);
        return followEvents(
          () => livePath([...current.values()], wantedKeys, wantedAxis),
          take,
          signal,
        );
      })
      .catch((error: unknown) => {
        if (isAborted(error)) return;
        setIsLoading(false);
        setFailure(failureOf(error));
      });
    return () => controller.abort();
  }, [wish, turn]);

  return useMemo(
    () => ({ logs: [...found.values()], failure, isLoading }),
    [found, failure, isLoading],
  );
}

function idOf({ run, stage }: CurveLog): string {
  return `${run}|${stage}`;
}

function extended(before: LogCurves | undefined, more: LogCurves): LogCurves {
  if (!before) return more;
  const series: Record<string, Points> = { ...before.series };
  for (const [key, points] of Object.entries(more.series)) {
    const known = series[key];
    series[key] = known ? appended(known, points) : points;
  }
  return { ...before, generation: more.generation, row: more.row, series };
}

function readLog(
  { run, stage }: CurveLog,
  keys: readonly string[],
  axis: Axis,
  most: number,
  signal: AbortSignal,
): Promise<LogCurves> {
  const query = new URLSearchParams({ stage, axis, max_points: String(most) });
  for (const key of keys) query.append("key", key);
  return getJson<LogCurves>(`${pathOf("/api/runs/{run}/series", { run })}?${query}`, { signal });
}

function livePath(logs: readonly LogCurves[], keys: readonly string[], axis: Axis): string {
  const query = new URLSearchParams({ axis });
  for (const key of keys) query.append("key", key);
  for (const log of logs) {
    query.append("log", `${log.run}|${log.stage}|${log.generation}|${log.row}`);
  }
  return `/api/live?${query}`;
}
