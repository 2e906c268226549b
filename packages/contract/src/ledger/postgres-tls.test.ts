import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPostgresLedger } from "@keybrake/ledger/postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAuthority } from "../../../core/test/self-signed.ts";
import { type PostgresServer, startPostgres } from "../postgres/index.ts";
import { admission, vaultKey } from "./fixtures.ts";

const LOOPBACK = [127, 0, 0, 1];

const authority = createAuthority();
const folder = mkdtempSync(join(tmpdir(), "keybrake-tls-"));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const ours = file("ours.pem", authority.cert);
const others = file("others.pem", createAuthority().cert);

let byAddress: PostgresServer;
let byName: PostgresServer;
let expired: PostgresServer;
let plain: PostgresServer;
const urls = new Map<PostgresServer, string>();

beforeAll(async () => {
  const start = (tls?: { cert: string; key: string }) =>
    startPostgres({ isDurable: false, ...(tls && { tls }) });
  byAddress = await start(authority.certify(LOOPBACK));
  byName = await start(authority.certify("localhost"));
  expired = await start(authority.certify(LOOPBACK, -1));
  plain = await start();
  for (const server of [byAddress, byName, expired, plain])
    urls.set(server, await server.createDatabase("books"));
}, 60_000);
afterAll(async () => {
  await Promise.all([...urls.keys()].map((server) => server.dispose()));
  rmSync(folder, { recursive: true, force: true });
});

function address(server: PostgresServer, parameters: Record<string, string>, host = "127.0.0.1"): string {
  const url = new URL(urls.get(server) ?? "");
  url.hostname = host;
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

const ENCRYPTED = `SELECT count(*) FILTER (WHERE s.ssl) AS encrypted, count(*) AS all FROM pg_stat_ssl s
  JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'keybrake'`;

test.each([
  ["require", { sslmode: "require" }, "127.0.0.1"],
  ["require with the authority", { sslmode: "require", sslrootcert: ours }, "127.0.0.1"],
  ["verify-full for an address", { sslmode: "verify-full", sslrootcert: ours }, "127.0.0.1"],
  ["the authority alone", { sslrootcert: ours }, "127.0.0.1"],
  ["prefer", { sslmode: "prefer" }, "127.0.0.1"],
])("the books are kept over TLS with %s", async (_name, parameters, host) => {
  const ledger = await openPostgresLedger({ url: address(byAddress, parameters, host) });
  const stop = ledger.subscribe(() => {});
  await ledger.createVaultKey(vaultKey("key"));
  expect(await ledger.admit(admission("one"))).toEqual({ kind: "admitted" });
  const connections = await byAddress.query("books", ENCRYPTED);
  expect(connections[0]?.encrypted).toBe(connections[0]?.all);
  expect(Number(connections[0]?.all)).toBeGreaterThan(0);
  stop();
  await ledger.close();
  await byAddress.emptyDatabase("books");
});

test("verify-full takes a name, too, and the other modes any host", async () => {
  for (const [parameters, host] of [
    [{ sslmode: "verify-full", sslrootcert: ours }, "localhost"],
    [{ sslmode: "verify-ca", sslrootcert: ours }, "127.0.0.1"],
  ] as const) {
    await (await openPostgresLedger({ url: address(byName, parameters, host) })).close();
  }
});

test("who answers is not taken for the server, and the error names the cause", async () => {
  const full = { sslmode: "verify-full", sslrootcert: ours };
  const cases = [
    [address(byAddress, { ...full, sslrootcert: others }), /no authority that is known here.*sslrootcert/],
    [address(byAddress, { sslmode: "verify-full" }), /no authority that is known here.*NODE_EXTRA_CA_CERTS/],
    [address(byAddress, { sslmode: "require", sslrootcert: others }), /no authority that is known here/],
    [address(byName, full), /another host than the URL names/],
    [address(byAddress, full, "localhost"), /another host than the URL names/],
    [address(expired, full), /has expired/],
    [address(plain, full), /does not speak TLS/],
    [address(plain, { sslmode: "require" }), /does not speak TLS/],
  ] as const;
  for (const [url, message] of cases) {
    await expect(openPostgresLedger({ url }), `${message}`).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringMatching(message),
    });
  }
  // Nothing was said to them: no table was made.
  const made = "SELECT count(*)::integer AS tables FROM pg_tables WHERE schemaname = 'public'";
  for (const server of [expired, plain]) expect(await server.query("books", made)).toEqual([{ tables: 0 }]);
});

test("a mode that does not exist, and a file that is not there, are refused before anything is sent", async () => {
  const cases = [
    [{ sslmode: "verify_full" }, /sslmode.*verify-full/],
    [{ sslmode: "verify-full", sslrootcert: join(folder, "missing.pem") }, /sslrootcert/],
    [{ listen: "nobody@" }, /listen/],
  ] as const;
  for (const [parameters, message] of cases) {
    await expect(openPostgresLedger({ url: address(plain, parameters) })).rejects.toMatchObject({
      code: "argument_invalid",
      message: expect.stringMatching(message),
    });
  }
});
