/**
 * Server-sent events out of bytes that may be cut anywhere, inside a character too.
 *
 * Knows the format (WHATWG HTML, 9.2), nothing of what an event means.
 */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
  readonly id: string;
}

export class SseParser {
  private readonly decoder = new TextDecoder("utf-8");
  private pending = "";
  private name = "";
  private data: string[] = [];
  private id = "";

  /** The events that are whole once `bytes` have come. */
  push(bytes: Uint8Array): ServerEvent[] {
    this.pending += this.decoder.decode(bytes, { stream: true });
    const found: ServerEvent[] = [];
    for (;;) {
      const end = this.pending.search(/\r|\n/);
      if (end < 0) break;
      const isReturn = this.pending[end] === "\r";
      // The line feed that may belong to this carriage return has not come yet.
      if (isReturn && end + 1 === this.pending.length) break;
      const width = isReturn && this.pending[end + 1] === "\n" ? 2 : 1;
      const line = this.pending.slice(0, end);
      this.pending = this.pending.slice(end + width);
      const event = this.take(line);
      if (event) found.push(event);
    }
    return found;
  }

  private take(line: string): ServerEvent | null {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.name = value;
    else if (field === "data") this.data.push(value);
    else if (field === "id") this.id = value;
    return null;
  }

  private dispatch(): ServerEvent | null {
    const event = { name: this.name || "message", data: this.data.join("\n"), id: this.id };
    const isEmpty = this.data.length === 0;
    this.name = "";
    this.data = [];
    return isEmpty ? null : event;
  }
}
