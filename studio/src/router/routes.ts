/** The pages by path. A page is loaded when it is first opened. */
import { type ComponentType, lazy } from "react";

export type PageName =
  | "runs"
  | "run"
  | "new"
  | "data"
  | "tokenizer"
  | "chat"
  | "explain"
  | "evaluate";

export interface PageProps {
  /** The rest of the path, such as the name of a run. */
  readonly name: string;
}

export const PAGES: Readonly<Record<PageName, ComponentType<PageProps>>> = {
  runs: lazy(() => import("../pages/runs/RunsPage")),
  run: lazy(() => import("../pages/run/RunPage")),
  new: lazy(() => import("../pages/new/NewPage")),
  data: lazy(() => import("../pages/data/DataPage")),
  tokenizer: lazy(() => import("../pages/tokenizer/TokenizerPage")),
  chat: lazy(() => import("../pages/chat/ChatPage")),
  explain: lazy(() => import("../pages/explain/ExplainPage")),
  evaluate: lazy(() => import("../pages/evaluate/EvaluatePage")),
};

export interface Route {
  readonly page: PageName;
  readonly name: string;
}

/** The page of a path; `null` where there is none. `/` is the list of runs. */
export function routeOf(path: string): Route | null {
  const [first = "", ...rest] = path.split("/").filter(Boolean);
  const name = rest.map(decode).join("/");
  if (first === "") return { page: "runs", name: "" };
  if (first === "runs" && name !== "") return { page: "run", name };
  if (first in PAGES) return { page: first as PageName, name };
  return null;
}

/** The path of a run's own page. */
export function runPath(name: string): string {
  return `/runs/${encodeURIComponent(name)}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
