/** The draft of a recipe: kept in the tab over a refresh, checked by the server as it is written. */
import { useCallback, useEffect, useState } from "react";
import { getJson, postJson } from "../../api/client";
import { type ApiFailure, failureOf, isAborted } from "../../api/failure";
import { useLanguage } from "../../i18n/useLanguage";
import type { Beginning, CheckedDraft } from "./types";
import { type Path, type Table, type Value, withValue } from "./values";

const KEY = "yanmo.draft";
const WAIT_MS = 200;

interface Kept {
  readonly beginning: Beginning;
  readonly values: Table;
}

export interface Draft {
  readonly beginning: Beginning | null;
  readonly values: Table;
  readonly checked: CheckedDraft | null;
  readonly isChecking: boolean;
  readonly failure: ApiFailure | null;
  readonly change: (path: Path, value: Value) => void;
  readonly begin: (beginning: Beginning) => void;
}

export function useDraft(first: Beginning | null): Draft {
  const [kept, setKept] = useState<Kept | null>(() => (first ? null : remembered()));
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const { checked, isChecking } = useCheck(kept, setFailure);

  const begin = useCallback((beginning: Beginning) => {
    const { kind, name } = beginning;
    const query = kind === "empty" ? "" : `?${new URLSearchParams({ [kind]: name })}`;
    getJson<{ values: Table }>(`/api/recipes/values${query}`)
      .then(({ values }) => setKept({ beginning, values: { ...values, name: freshName(name) } }))
      .catch((error: unknown) => setFailure(failureOf(error)));
  }, []);

  const change = useCallback((path: Path, value: Value) => {
    setKept(
      (before) => before && { ...before, values: withValue(before.values, path, value) as Table },
    );
  }, []);

  useEffect(() => {
    if (kept) sessionStorage.setItem(KEY, JSON.stringify(kept));
  }, [kept]);

  const isEmpty = kept === null;
  useEffect(() => {
    if (isEmpty) begin(first ?? { kind: "shipped", name: "python_docs" });
  }, [isEmpty, begin, first]);

  const values = kept?.values ?? {};
  return {
    beginning: kept?.beginning ?? null,
    values,
    checked,
    isChecking,
    failure,
    change,
    begin,
  };
}

function useCheck(kept: Kept | null, onFailure: (failure: ApiFailure | null) => void) {
  const language = useLanguage();
  const [answer, setAnswer] = useState<{
    of: Kept;
    language: string;
    checked: CheckedDraft;
  } | null>(null);
  useEffect(() => {
    if (!kept) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      const { kind, name } = kept.beginning;
      const body = { values: kept.values, shipped: kind === "shipped" ? name : null };
      postJson<CheckedDraft>("/api/draft", body, { signal: controller.signal })
        .then((checked) => {
          setAnswer({ of: kept, language, checked });
          onFailure(null);
        })
        .catch((error: unknown) => {
          if (!isAborted(error)) onFailure(failureOf(error));
        });
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [kept, language, onFailure]);
  const isChecking = answer?.of !== kept || answer?.language !== language;
  return { checked: answer?.checked ?? null, isChecking };
}

function remembered(): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

/** A name that most likely is not taken: of the beginning, and the time. */
function freshName(name: string): string {
  const now = new Date();
  const stamp = [now.getMonth() + 1, now.getDate(), now.getHours(), now.getMinutes()]
    .map((part) => String(part).padStart(2, "0"))
    .join("");
  const stem =
    name
      .split("/")
      .at(-1)
      ?.replace(/-\d{8}$/, "") ?? "";
  return `${stem || "run"}-${stamp}`;
}
