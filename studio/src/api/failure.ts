/** What went wrong with a request, in the words of the server, which are those of the command line. */
export interface FailureParts {
  readonly what: string;
  readonly where?: string | null;
  readonly why?: string | null;
  readonly hint?: string | null;
}

export class ApiFailure extends Error {
  readonly status: number;
  readonly parts: FailureParts;

  constructor(status: number, parts: FailureParts) {
    super(parts.what);
    this.name = "ApiFailure";
    this.status = status;
    this.parts = parts;
  }
}

/** Whether the request was given up by ourselves: nobody need be told. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** The parts of any error: a server's, or a connection that failed (status 0). */
export function failureOf(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  return new ApiFailure(0, { what: error instanceof Error ? error.message : String(error) });
}
