/** Requests to our own server, and to nothing else. Paths begin with `/api/`. */
import { currentLanguage } from "../i18n/language";
import { ApiFailure, type FailureParts } from "./failure";

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

export function getJson<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return send<T>("GET", path, undefined, options);
}

export function postJson<T>(path: string, body: unknown, options: RequestOptions = {}): Promise<T> {
  return send<T>("POST", path, body, options);
}

/** A request whose answer is read piece by piece; a refusal is thrown as an `ApiFailure`. */
export async function openRequest(
  method: "GET" | "POST",
  path: string,
  body: unknown,
  { signal }: RequestOptions,
): Promise<Response> {
  const headers: Record<string, string> = { "Accept-Language": currentLanguage() };
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (signal) init.signal = signal;
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  const response = await fetch(path, init);
  if (!response.ok) throw new ApiFailure(response.status, await readParts(response));
  return response;
}

/** `/api/runs/{name}` with every value made fit for a path. */
export function pathOf(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? ""),
  );
}

async function send<T>(
  method: "GET" | "POST",
  path: string,
  body: unknown,
  options: RequestOptions,
): Promise<T> {
  const response = await openRequest(method, path, body, options);
  return (await response.json()) as T;
}

async function readParts(response: Response): Promise<FailureParts> {
  try {
    const answer = (await response.json()) as { error?: FailureParts };
    if (answer.error?.what) return answer.error;
  } catch {
    return { what: `${response.status} ${response.statusText}` };
  }
  return { what: `${response.status} ${response.statusText}` };
}
