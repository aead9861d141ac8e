/** What a path answers, kept up to date while a component shows it. */
import { useCallback, useEffect, useRef, useState } from "react";
import { useLanguage } from "../i18n/useLanguage";
import { getJson } from "./client";
import { type ApiFailure, failureOf, isAborted } from "./failure";

export interface Query<T> {
  readonly data: T | null;
  readonly failure: ApiFailure | null;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/**
 * GET `path` now, when it changes, and every `everyMs`. `null` asks nothing. What came for
 * another path is not shown; what came for this one stays while it is asked again.
 */
export function useQuery<T>(path: string | null, everyMs?: number): Query<T> {
  const language = useLanguage();
  const [answer, setAnswer] = useState<{ path: string | null; data: T } | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [isLoading, setIsLoading] = useState(path !== null);
  const [turn, setTurn] = useState(0);
  const isAsking = useRef(false);
  const latest = useRef(path);
  latest.current = path;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` and `language` ask again.
  useEffect(() => {
    if (path === null) return;
    const controller = new AbortController();
    setIsLoading(true);
    isAsking.current = true;
    getJson<T>(path, { signal: controller.signal })
      .then((data) => {
        setAnswer({ path, data });
        setFailure(null);
      })
      .catch((error: unknown) => {
        if (!isAborted(error)) setFailure(failureOf(error));
      })
      .finally(() => {
        if (controller.signal.aborted) return;
        setIsLoading(false);
        isAsking.current = false;
      });
    return () => controller.abort();
  }, [path, turn, language]);

  useEffect(() => {
    if (everyMs === undefined || path === null) return;
    const timer = setInterval(() => {
      // A server that takes longer than this is not asked anew before it has answered.
      if (!document.hidden && !isAsking.current) setTurn((before) => before + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, path]);

  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const data = answer !== null && answer.path === path ? answer.data : null;
  return { data, failure, isLoading, reload };
}
