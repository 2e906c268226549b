import postgres, { type Sql } from "postgres";
import { parseAddress } from "./address.ts";
import { encryptionOf } from "./encryption.ts";
import { CONNECT_MS } from "./limits.ts";

/** A statement with the values of `$1`, `$2` … Rows and lists go as JSON, so that nothing depends on array types. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly (string | number | boolean | null)[];
}

export const statement = (sql: string, ...values: Statement["values"]): Statement => ({ sql, values });

export type Rows = readonly Readonly<Record<string, unknown>>[];

export interface ConnectOptions {
  readonly url: string;
  readonly connections: number;
  readonly onClose?: () => void;
}

/** Counts and money are safe integers (the books check it), so the client need not make them BigInt. */
const BIGINT = { to: 20, from: [20], serialize: String, parse: Number };

/** What the URL tells us: the client would send it to the server as a setting of the session. */
const OWN_PARAMETERS = ["sslmode", "sslrootcert", "listen"];

/** A client that connects when it is first used. `prepare=false` comes from the URL. Throws `argument_invalid`. */
export function connect({ url, connections, onClose }: ConnectOptions): Sql {
  const address = parseAddress(url);
  const ssl = encryptionOf(address);
  for (const name of OWN_PARAMETERS) address.searchParams.delete(name);
  return postgres(address.href, {
    ssl,
    max: connections,
    connect_timeout: CONNECT_MS / 1000,
    // Its own default waits for up to 20 s: a server that is back would seem away for as long.
    backoff: (retries) => Math.min(0.5, 0.02 * 2 ** retries),
    // No value is an array. Of a connection that closes during that query, a client of 3.4 tells nobody but the process.
    fetch_types: false,
    types: { bigint: BIGINT } as never,
    onnotice: () => {},
    connection: { application_name: "keybrake" },
    ...(onClose === undefined ? {} : { onclose: onClose }),
  });
}

/** As a parameter `$n::text::json`. Postgres keeps neither NUL nor half a surrogate pair: both become U+FFFD. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  // As JSON writes them. A backslash before one only costs the second pass.
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text;
  return JSON.stringify(value, (_, item) => (typeof item === "string" ? toText(item) : item));
}

export function toText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}
