import type { RequestLog, RequestRecord } from "./control-types.ts";
import { LOGGED_BODY_CHARACTERS_MAX, REQUESTS_KEPT } from "./limits.ts";

/** A record while it is written. */
export type OpenRecord = {
  -readonly [Field in Exclude<keyof RequestRecord, "headers">]: RequestRecord[Field];
} & {
  /** Node's flat list: name, value, name, value … */
  readonly rawHeaders: readonly string[];
};

/** `Bearer sk_test_…`: the scheme and eight characters of the credential. */
function maskAuthorization(value: string): string {
  const [scheme = "", credential] = value.split(" ", 2);
  return credential === undefined ? `${scheme.slice(0, 8)}…` : `${scheme} ${credential.slice(0, 8)}…`;
}

function showHeaders(rawHeaders: readonly string[]): [string, string][] {
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    headers.push([name, name.toLowerCase() === "authorization" ? maskAuthorization(value) : value]);
  }
  return headers;
}

/** The latest requests, in a ring. */
export class RequestRing {
  #ring: OpenRecord[] = [];
  #total = 0;

  /** Opens a record; the caller fills in what becomes of the request. */
  open(request: Pick<OpenRecord, "at" | "method" | "path" | "rawHeaders">): OpenRecord {
    const record: OpenRecord = {
      ...request,
      number: this.#total + 1,
      operation: null,
      idempotency_key: null,
      body: "",
      status: null,
      replayed: false,
    };
    this.#ring[this.#total % REQUESTS_KEPT] = record;
    this.#total += 1;
    return record;
  }

  clear(): void {
    this.#ring = [];
    this.#total = 0;
  }

  show(): RequestLog {
    const start = this.#ring.length < REQUESTS_KEPT ? 0 : this.#total % REQUESTS_KEPT;
    const ordered = [...this.#ring.slice(start), ...this.#ring.slice(0, start)];
    return {
      total: this.#total,
      kept: REQUESTS_KEPT,
      data: ordered.map(({ rawHeaders, body, ...record }) => ({
        ...record,
        body: body.slice(0, LOGGED_BODY_CHARACTERS_MAX),
        headers: showHeaders(rawHeaders),
      })),
    };
  }
}
