/** Which runs are chosen: kept in the address, so that a refresh and a link show the same. */
import { useCallback, useMemo } from "react";
import { setParameters, usePlace } from "../../router/location";
import type { RunRow } from "./types";

const PARAMETER = "runs";
const FIRST = 5;

/** No name of a run has a slash. The newest with curves are chosen until somebody chooses. */
export function useChosen(
  runs: readonly RunRow[],
): readonly [ReadonlySet<string>, (chosen: ReadonlySet<string>) => void] {
  const { parameters } = usePlace();
  const given = parameters.get(PARAMETER);
  const chosen = useMemo(() => {
    if (given !== null) return new Set(given.split("/").filter(Boolean));
    const newest = runs
      .filter((run) => run.logs.length > 0)
      .sort((a, b) => (b.changed_at ?? 0) - (a.changed_at ?? 0));
    return new Set(newest.slice(0, FIRST).map((run) => run.name));
  }, [given, runs]);
  const choose = useCallback((after: ReadonlySet<string>) => {
    setParameters({ [PARAMETER]: [...after].join("/") || "/" });
  }, []);
  return [chosen, choose];
}
