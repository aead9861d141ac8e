/** A page of documents that is searched for until it is full, however often the server stops. */
import { useEffect, useState } from "react";
import { getJson } from "../../api/client";
import { type ApiFailure, failureOf, isAborted } from "../../api/failure";
import { documentsPath, type Wanted } from "./addresses";
import type { DocumentPage, FoundDocument } from "./types";

export interface Documents {
  readonly rows: readonly FoundDocument[];
  readonly next: number | null;
  readonly total: number;
  readonly isSearching: boolean;
  readonly failure: ApiFailure | null;
}

const NOTHING: Documents = { rows: [], next: null, total: 0, isSearching: true, failure: null };

export function useDocuments(
  path: string,
  wanted: Wanted,
  start: number,
  limit: number,
): Documents {
  const [found, setFound] = useState<{ key: string; documents: Documents } | null>(null);
  const key = documentsPath(path, wanted, start, limit);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says all of it.
  useEffect(() => {
    const controller = new AbortController();
    const search = async () => {
      const rows: FoundDocument[] = [];
      let next: number | null = start;
      while (next !== null && rows.length < limit) {
        const at: string = documentsPath(path, wanted, next, limit - rows.length);
        const page: DocumentPage = await getJson<DocumentPage>(at, { signal: controller.signal });
        rows.push(...page.rows);
        next = page.next;
        const isSearching = next !== null && rows.length < limit;
        const { total } = page;
        setFound({ key, documents: { rows: [...rows], next, total, isSearching, failure: null } });
      }
    };
    search().catch((error: unknown) => {
      if (isAborted(error)) return;
      setFound({ key, documents: { ...NOTHING, isSearching: false, failure: failureOf(error) } });
    });
    return () => controller.abort();
  }, [key]);
  return found?.key === key ? found.documents : NOTHING;
}
