import { expect, test } from "vitest";
import { auditRow, runHere } from "../test-support.ts";

const ENV = {
  KEYBRAKE_ADMIN_KEY: "an-admin-key-of-32-characters-xx",
  KEYBRAKE_PROXY_URL: "http://proxy.test",
};

/** A proxy with so many audit rows, in the formats that the command asks for. */
function proxyWith(total: number) {
  const limits: string[] = [];
  const fake: typeof fetch = async (input) => {
    const { searchParams } = new URL(String(input));
    limits.push(searchParams.get("limit") ?? "");
    const start = Number(searchParams.get("cursor") ?? 0);
    const end = Math.min(total, start + Number(searchParams.get("limit")));
    const ids = Array.from({ length: end - start }, (_, index) => `call_${start + index}`);
    const next = end < total ? String(end) : null;
    if (searchParams.get("format") !== "csv") {
      return Response.json({ data: ids.map((call_id) => auditRow({ call_id })), next_cursor: next });
    }
    const headers: Record<string, string> = next === null ? {} : { "x-next-cursor": next };
    return new Response(["call_id", ...ids, ""].join("\r\n"), { headers });
  };
  return { limits, run: (...argv: string[]) => runHere(argv, { env: ENV, fetch: fake }) };
}

test.each([
  [["--limit", "2500"], 2500, ["1000", "1000", "500"], true],
  [["--limit", "0"], 3001, ["1000", "1000", "1000", "1000"], false],
  [["--all"], 3001, ["1000", "1000", "1000", "1000"], false],
  [[], 50, ["50"], true],
])("audit %j asks for pages until it has enough", async (flags, rows, limits, more) => {
  const json = proxyWith(3001);
  const asJson = await json.run("audit", "--json", ...flags);
  const { data } = JSON.parse(asJson.stdout) as { data: { call_id: string }[] };
  expect(data.map(({ call_id }) => call_id)).toEqual(
    Array.from({ length: rows }, (_, index) => `call_${index}`),
  );
  expect(json.limits).toEqual(limits);
  expect(asJson.stderr.includes("more rows")).toBe(more);

  const csv = proxyWith(3001);
  const asCsv = await csv.run("audit", "--csv", ...flags);
  expect(asCsv.stdout.split("\r\n")).toEqual(["call_id", ...data.map(({ call_id }) => call_id), ""]);
  expect(csv.limits).toEqual(limits);
  expect(asCsv.stderr.includes("more rows")).toBe(more);
});

test("an empty log is an empty list, and a note on stderr for a person", async () => {
  expect((await proxyWith(0).run("audit", "--json")).stdout).toBe('{"data":[]}\n');
  const text = await proxyWith(0).run("audit");
  expect([text.stdout, text.stderr]).toEqual(["", "No calls match.\n"]);
});
