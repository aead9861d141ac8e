/** The one chat session of this tab, the list of models, and small choices that are remembered. */
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { postJson } from "../../api/client";
import { readEvents } from "../../api/events";
import { type Query, useQuery } from "../../api/useQuery";
import { ChatSession, type SessionState } from "./session";
import { ConversationStore } from "./store";
import type { ModelInfo, ModelList } from "./types";

const BUSY_MS = 700;
const IDLE_MS = 15_000;

export const store = new ConversationStore(window.localStorage);
export const session = new ChatSession(store, readEvents);

// What a reader leaves behind is stored, also by closing the tab in the middle of a text.
window.addEventListener("pagehide", () => session.saveNow());

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.snapshot);
}

export interface Models {
  readonly query: Query<ModelList>;
  /** Those that go on with a text. */
  readonly writers: readonly ModelInfo[];
  readonly load: (model: string) => void;
  readonly unload: (model: string) => void;
}

/** Models and their state; asked for often while one of them is awaited. */
export function useModels(awaited: readonly string[]): Models {
  const [isLoading, setIsLoading] = useState(false);
  const query = useQuery<ModelList>("/api/models", isLoading ? BUSY_MS : IDLE_MS);
  const { data, reload } = query;
  const names = awaited.join("\n");
  useEffect(() => {
    const isAwaited = (model: ModelInfo) =>
      model.status.state === "loading" ||
      (model.status.state === "absent" && names.split("\n").includes(model.path));
    setIsLoading(data?.models.some(isAwaited) ?? false);
  }, [data, names]);
  const ask = useCallback(
    (path: string, model: string) => {
      postJson(path, { model }).then(reload, reload);
    },
    [reload],
  );
  return {
    query,
    writers: data?.models.filter((model) => model.use === "writes") ?? [],
    load: useCallback((model) => ask("/api/models/load", model), [ask]),
    unload: useCallback((model) => ask("/api/models/unload", model), [ask]),
  };
}

/** A switch that is as it was left. */
export function useRemembered(name: string, usual: boolean): [boolean, (value: boolean) => void] {
  const key = `yanmo.${name}`;
  const [value, setValue] = useState(() => (localStorage.getItem(key) ?? String(usual)) === "true");
  const change = useCallback(
    (next: boolean) => {
      localStorage.setItem(key, String(next));
      setValue(next);
    },
    [key],
  );
  return [value, change];
}
