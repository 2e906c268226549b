/** What is wrong with a store that cannot be written, as far as an operator must know to mend it. */
export const STORE_FAULTS = ["full", "read_only", "gone", "unreachable", "corrupt", "failing"] as const;
export type StoreFault = (typeof STORE_FAULTS)[number];

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const SQLITE: Readonly<Record<number, StoreFault>> = {
  8: "read_only",
  11: "corrupt",
  13: "full",
  26: "corrupt",
};

/** Of SQLSTATE (disk_full, read_only_sql_transaction, index and data corruption), of Node, and of a client for Postgres. */
const NAMED: Readonly<Record<string, StoreFault>> = {
  "53100": "full",
  "25006": "read_only",
  XX001: "corrupt",
  XX002: "corrupt",
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "full",
  EROFS: "read_only",
  ENOENT: "gone",
};

/** Errors are wrapped a few times on their way; a circle of causes must not hold anybody up. */
const CAUSES_MAX = 5;

/**
 * What stands behind an error of the ledger, from the codes of its causes alone: no text of a system's error, which may
 * name paths, hosts and users. `failing` when nothing says more.
 */
export function storeFault(error: unknown): StoreFault {
  let cause = error;
  for (let depth = 0; depth <= CAUSES_MAX && typeof cause === "object" && cause !== null; depth++) {
    const known = faultOf(cause);
    if (known !== null) return known;
    cause = "cause" in cause ? cause.cause : null;
  }
  return "failing";
}

function faultOf(error: object): StoreFault | null {
  if ("errcode" in error && typeof error.errcode === "number") return SQLITE[error.errcode & 0xff] ?? null;
  if (!("code" in error) || typeof error.code !== "string") return null;
  const { code } = error;
  if (code === "store_corrupt") return "corrupt";
  return NAMED[code] ?? (isOfConnection(code) ? "unreachable" : null);
}

/** Classes 08 and 57P of SQLSTATE; the system's and the client's own words for a connection that is not there. */
function isOfConnection(code: string): boolean {
  return (
    /^(?:08|57P)/.test(code) || /^(?:ECONN|EHOST|ENET|ENOTFOUND|EAI_|EPIPE|ETIMEDOUT|CONNECT)/.test(code)
  );
}
