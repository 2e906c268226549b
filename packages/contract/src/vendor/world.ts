import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteLedger } from "@keybrake/ledger/sqlite";
import {
  createLog,
  createProxy,
  createUndiciUpstream,
  parsePolicy,
  type Upstream,
  type UpstreamRequest,
  type UpstreamResult,
} from "@keybrake/proxy";
import type { ClientRequest, StandIn, VendorUnderTest } from "./vendor-under-test.ts";

/** What comes back instead of the vendor's answer; undefined: the answer. */
export type Instead = UpstreamResult | undefined;

export interface Key {
  readonly id: string;
  readonly vaultKeySecret: string;
}

export interface VendorAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The code of an error in the vendor's shape. */
  readonly code: string | null;
}

/** The real proxy with some vendors, on real sockets with a real store, and the stand-ins behind it. */
export interface VendorWorld {
  readonly standIn: StandIn;
  /** What left the proxy for the vendor under test. */
  readonly sent: UpstreamRequest[];
  /** Answers in the vendor's place, once each, after the request has been carried out. */
  readonly instead: Instead[];
  issue(policy: Readonly<Record<string, unknown>>): Promise<Key>;
  call(
    key: Pick<Key, "vaultKeySecret">,
    request: ClientRequest,
    idempotencyKey?: string,
    /** Whose client makes it; that of the vendor under test unless told. */
    client?: VendorUnderTest,
    headers?: Readonly<Record<string, string>>,
  ): Promise<VendorAnswer>;
  /** A page of the admin API. */
  admin(path: string): Promise<Record<string, unknown>>;
  /** Newest first. */
  rows(key: Key): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

/** The first of `vendors` has the root; `subject` is one of them. */
export async function startVendorWorld(
  vendors: readonly [VendorUnderTest, ...VendorUnderTest[]],
  subject: VendorUnderTest,
): Promise<VendorWorld> {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-vendor-"));
  const adminKey = `admin_${randomBytes(16).toString("hex")}`;
  const sent: UpstreamRequest[] = [];
  const instead: Instead[] = [];
  const standIns = new Map<VendorUnderTest, StandIn>();
  const open = async (tested: VendorUnderTest) => {
    const { vendor, credential } = tested;
    const standIn = await tested.startStandIn(credential);
    standIns.set(tested, standIn);
    const behind = createUndiciUpstream(standIn.url);
    const upstream = tested === subject ? watched(behind, sent, instead) : behind;
    return { vendor, credential, upstream };
  };
  const [first, ...others] = vendors;
  const root = await open(first);
  const accounts = await Promise.all(others.map(open));
  const ledger = await openSqliteLedger({ path: join(folder, "keybrake.db"), parsePolicy });
  const log = createLog({ level: "silent" });
  const proxy = createProxy({ ledger, accounts: [root, ...accounts], adminKey, log });
  const { url } = await proxy.listen({ port: 0, host: "127.0.0.1" });
  const standIn = standIns.get(subject);
  if (standIn === undefined) throw new Error("the vendor under test is not one of the vendors");
  const admin = (path: string, body?: unknown) => askAdmin(`${url}/admin${path}`, adminKey, body);

  return {
    standIn,
    sent,
    instead,
    admin: (path) => admin(path),
    async issue(policy) {
      const issued = await admin("/vault-keys", { name: "contract", vendor: subject.vendor.name, ...policy });
      return { id: String(issued.id), vaultKeySecret: String(issued.vault_key) };
    },
    async call({ vaultKeySecret }, request, idempotencyKey, client = subject, headers = {}) {
      const { method, path, body, contentType } = request;
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...headers,
          ...client.keyHeaders(vaultKeySecret),
          ...(contentType === undefined ? {} : { "content-type": contentType }),
          ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
        },
        ...(body === undefined ? {} : { body }),
      });
      const text = await response.text();
      const code = client.errorCode(JSON.parse(text));
      return { status: response.status, headers: response.headers, text, code };
    },
    rows: async (key) =>
      (await admin(`/audit?vault_key_id=${key.id}`)).data as Readonly<Record<string, unknown>>[],
    async close() {
      await proxy.close();
      await ledger.close();
      await Promise.all([...standIns.values()].map((open) => open.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function askAdmin(url: string, adminKey: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${url}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

/** Every request reaches the vendor; what the proxy hears of it is the test's to say. */
function watched(behind: Upstream, sent: UpstreamRequest[], instead: Instead[]): Upstream {
  return {
    async send(request) {
      sent.push(request);
      const answer = await behind.send(request);
      return instead.shift() ?? answer;
    },
    close: () => behind.close(),
  };
}
