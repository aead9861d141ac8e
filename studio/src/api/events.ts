/** Streams of events over `fetch`: one answer read to its end, or one that is opened again. */
import { openRequest } from "./client";
import { failureOf, isAborted } from "./failure";
import { type ServerEvent, SseParser } from "./sse";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

/** Read one stream to its end; `body` makes it a POST. */
export async function readEvents(
  path: string,
  onEvent: (event: ServerEvent) => void,
  options: { readonly signal?: AbortSignal; readonly body?: unknown } = {},
): Promise<void> {
  const method = options.body === undefined ? "GET" : "POST";
  const request = options.signal ? { signal: options.signal } : {};
  const response = await openRequest(method, path, options.body, request);
  const reader = response.body?.getReader();
  const parser = new SseParser();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) return;
    for (const event of parser.push(value)) onEvent(event);
  }
}

/**
 * Follow a stream until `signal` is aborted: a server that goes away is asked again, with the
 * path that `pathNow` gives then, so that it can go on where the last event was.
 */
export async function followEvents(
  pathNow: () => string,
  onEvent: (event: ServerEvent) => void,
  signal: AbortSignal,
  onConnection: (isConnected: boolean) => void = () => undefined,
): Promise<void> {
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      await readEvents(
        pathNow(),
        (event) => {
          wait = FIRST_WAIT_MS;
          onConnection(true);
          onEvent(event);
        },
        { signal },
      );
    } catch (error) {
      if (isAborted(error)) return;
      const { status } = failureOf(error);
      if (status >= 400 && status < 500) return;
    }
    if (signal.aborted) return;
    onConnection(false);
    await pause(wait, signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
