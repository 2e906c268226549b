import type { AuditRow } from "@keybrake/core";
import { expect, test } from "vitest";
import { auditRow, runHere } from "../test-support.ts";

const ENV = {
  KEYBRAKE_ADMIN_KEY: "an-admin-key-of-32-characters-xx",
  KEYBRAKE_PROXY_URL: "http://proxy.test",
};

function row(call_id: string, second: number, changes: Partial<AuditRow> = {}): AuditRow {
  return auditRow({ call_id, at: new Date(Date.UTC(2026, 5, 10, 12, 0, second)).toISOString(), ...changes });
}

/** A proxy whose list and streams are given; each stream sends its rows and is then cut off. */
function fakeProxy(
  streams: readonly ("refused" | { readonly rows: readonly AuditRow[]; readonly afterwards?: () => void })[],
) {
  const log: AuditRow[] = [];
  const stop = new AbortController();
  const urls: string[] = [];
  const left = [...streams];
  const fake: typeof fetch = async (input) => {
    const url = new URL(String(input));
    urls.push(`${url.pathname}${url.search}`);
    if (url.pathname === "/admin/audit") {
      const from = url.searchParams.get("from") ?? "";
      const rows = log.filter(({ at }) => at >= from).toReversed();
      return Response.json({ data: rows.slice(0, Number(url.searchParams.get("limit"))), next_cursor: null });
    }
    const stream = left.shift();
    if (stream === undefined) {
      stop.abort();
      throw new TypeError("fetch failed");
    }
    if (stream === "refused") {
      throw new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNREFUSED" }) });
    }
    const events = stream.rows.map((sent) => `event: call\ndata: ${JSON.stringify(sent)}\n\n`);
    const body = async function* () {
      yield new TextEncoder().encode(`: connected\n\n${events.join("")}`);
      stream.afterwards?.();
    };
    return new Response(ReadableStream.from(body()), { status: 200 });
  };
  return { log, stop, urls, fetch: fake };
}

function idsIn(stdout: string): string[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as AuditRow).call_id);
}

test("shows what is answered from now on, and what was missed while the connection was lost, each once", async () => {
  const missed = [
    row("missed", 5),
    row("denied", 6, { status: null, state: "none", decision: "denied" }),
    row("running", 7, { status: null, state: "held" }),
  ];
  const proxy = fakeProxy([
    { rows: [row("first", 3)], afterwards: () => proxy.log.push(row("first", 3), ...missed) },
    "refused",
    { rows: [row("missed", 5), row("running", 7), row("last", 9)] },
  ]);
  proxy.log.push(row("old", 1));
  const result = await runHere(["audit", "--follow", "--json"], {
    env: ENV,
    fetch: proxy.fetch,
    stopSignal: () => proxy.stop.signal,
  });
  expect(result.stderr).toContain("trying again");
  expect(idsIn(result.stdout)).toEqual(["first", "missed", "denied", "running", "last"]);
  expect(result.code).toBe(0);
});

test("a call whose outcome changes is shown again", async () => {
  const proxy = fakeProxy([
    { rows: [row("a", 1, { state: "unknown", status: 504 }), row("a", 1), row("a", 1)] },
  ]);
  const { stdout } = await runHere(["audit", "--follow", "--json"], {
    env: ENV,
    fetch: proxy.fetch,
    stopSignal: () => proxy.stop.signal,
  });
  expect(idsIn(stdout)).toEqual(["a", "a"]);
});

test("--from shows what is there already, and filters go to the proxy", async () => {
  const proxy = fakeProxy([{ rows: [] }]);
  proxy.log.push(row("older", 1), row("newer", 2));
  const argv = ["audit", "--follow", "--json", "--from", "2026-06-10", "--agent", "billing"];
  const { stdout } = await runHere(argv, {
    env: ENV,
    fetch: proxy.fetch,
    stopSignal: () => proxy.stop.signal,
  });
  expect(idsIn(stdout)).toEqual(["older", "newer"]);
  expect(proxy.urls[0]).toContain("/admin/audit/stream?agent=billing&from=2026-06-10T00");
  expect(proxy.urls[1]).toMatch(/^\/admin\/audit\?.*agent=billing/);
});

test("a proxy that cannot be reached at the start is an error; pauses grow, and a stop in one is heeded", async () => {
  const unreachable: typeof fetch = async () => {
    throw new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNREFUSED" }) });
  };
  const first = await runHere(["audit", "--follow", "--from", "1h"], { env: ENV, fetch: unreachable });
  expect(first.code).toBe(3);

  const proxy = fakeProxy([
    { rows: [] },
    "refused",
    "refused",
    "refused",
    "refused",
    "refused",
    "refused",
    "refused",
  ]);
  const pauses: number[] = [];
  const second = await runHere(["audit", "--follow"], {
    env: ENV,
    fetch: proxy.fetch,
    stopSignal: () => proxy.stop.signal,
    sleep: async (ms) => {
      pauses.push(ms);
      if (pauses.length === 7) proxy.stop.abort();
    },
  });
  expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  expect(second.code).toBe(0);
});
