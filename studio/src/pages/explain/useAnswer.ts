/** What the server answers to a request with a body, asked again when the body changes. */
import { useEffect, useState } from "react";
import { openRequest } from "../../api/client";
import { type ApiFailure, failureOf, isAborted } from "../../api/failure";
import { useLanguage } from "../../i18n/useLanguage";

export interface Answered<T> {
  readonly data: T | null;
  readonly failure: ApiFailure | null;
  readonly isLoading: boolean;
}

/** `body` as JSON text, so that equal requests are equal; `null` asks nothing. */
export function useAnswer<T>(
  path: string,
  body: string | null,
  read: (response: Response) => Promise<T>,
): Answered<T> {
  const language = useLanguage();
  const [found, setFound] = useState<{ key: string; data: T } | null>(null);
  const [failure, setFailure] = useState<{ key: string; failure: ApiFailure } | null>(null);
  const key = body === null ? "" : `${path} ${body}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: reasons are told in a language.
  useEffect(() => {
    if (body === null) return;
    const controller = new AbortController();
    openRequest("POST", path, JSON.parse(body), controller)
      .then(read)
      .then((data) => setFound({ key, data }))
      .catch((error: unknown) => {
        if (!isAborted(error)) setFailure({ key, failure: failureOf(error) });
      });
    return () => controller.abort();
  }, [path, body, key, read, language]);
  const data = found?.key === key ? found.data : null;
  const own = failure?.key === key && data === null ? failure.failure : null;
  return { data, failure: own, isLoading: body !== null && data === null && own === null };
}

/** Reads an answer as JSON. */
export function asJson<T>(response: Response): Promise<T> {
  return response.json() as Promise<T>;
}
