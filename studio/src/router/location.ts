/** Where in the studio the reader is: a path and its parameters, kept in the browser's history. */
import { useMemo, useSyncExternalStore } from "react";

const MOVED = "yanmo:moved";

export interface Place {
  readonly path: string;
  readonly parameters: URLSearchParams;
}

/** Go to `target`, a path of ours; `replace` leaves no step to go back to. */
export function goTo(target: string, { replace = false } = {}): void {
  if (target === current()) return;
  if (replace) window.history.replaceState(null, "", target);
  else window.history.pushState(null, "", target);
  window.dispatchEvent(new Event(MOVED));
}

/** Change some parameters of the place and keep the others; `null` removes one. */
export function setParameters(changes: Readonly<Record<string, string | null>>): void {
  const parameters = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") parameters.delete(name);
    else parameters.set(name, value);
  }
  const query = parameters.toString();
  goTo(window.location.pathname + (query ? `?${query}` : ""), { replace: true });
}

export function usePlace(): Place {
  const target = useSyncExternalStore(subscribe, current);
  return useMemo(() => {
    const [path = "/", query = ""] = target.split("?", 2);
    return { path, parameters: new URLSearchParams(query) };
  }, [target]);
}

function current(): string {
  return window.location.pathname + window.location.search;
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener("popstate", onChange);
  window.addEventListener(MOVED, onChange);
  return () => {
    window.removeEventListener("popstate", onChange);
    window.removeEventListener(MOVED, onChange);
  };
}
