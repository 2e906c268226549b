import { randomBytes } from "node:crypto";
import { setTimeout as pass } from "node:timers/promises";
import type { Ledger } from "@keybrake/ledger";
import { createLog, createProxy, createUndiciUpstream, LIMITS, VENDORS } from "@keybrake/proxy";
import { interceptedUpstream, LOST } from "./intercepted-upstream.ts";
import { type Stack, startStack, UPSTREAM_KEY } from "./stack.ts";
import { bearer, openWire, PROMPT_MS } from "./wire.ts";

/** One call on a stack of its own, made so that one reason or several speak against it. */
export interface Scene {
  /** Of the key, as the admin API takes it. */
  readonly policy: Record<string, unknown>;
  readonly form: Record<string, string>;
  readonly headers: Record<string, string>;
  /** Instead of what `form` says. */
  body: string | null;
  /** Announced, whatever is sent. */
  contentLength: number | null;
  withholdsBody: boolean;
  /** Instead of the issued key. */
  vaultKeySecret: string | null;
  /** The proxy that is called holds a live credential, on the same store. */
  onLiveProxy: boolean;
  /** An earlier call under the same Idempotency-Key: what it asked otherwise, and what became of it. */
  first: { form: Record<string, string>; end: "answered" | "lost" | "held" } | null;
  /** With the key at hand, in this order: what uses it, then what ends it. */
  readonly before: Act[];
  readonly last: Act[];
  readonly meanwhile: Act[];
}

export type Act = (stage: Stage) => Promise<void> | void;

export interface Stage {
  readonly stack: Stack;
  readonly upstream: ReturnType<typeof interceptedUpstream>;
  readonly store: { fails: boolean };
  /** Of the proxy that is called. */
  readonly port: number;
  readonly key: { readonly id: string; readonly vaultKeySecret: string };
  readonly advance: (milliseconds: number) => void;
  /** Taken down at the end. */
  readonly opened: AsyncDisposableStack;
}

const DAY_S = 86_400;

/** A charge of one dollar that nothing speaks against. */
export function newScene(): Scene {
  return {
    policy: {
      allowed_operations: ["charges.create", "customers.list"],
      daily_usd_cap: 100,
      expires_in_seconds: 10 * DAY_S,
    },
    form: { amount: "100", currency: "usd", source: "tok_visa" },
    headers: { "idempotency-key": randomBytes(12).toString("hex") },
    body: null,
    contentLength: null,
    withholdsBody: false,
    vaultKeySecret: null,
    onLiveProxy: false,
    first: null,
    before: [],
    last: [],
    meanwhile: [],
  };
}

/** What a refused call is answered. */
export interface Refused {
  readonly code: string;
  readonly message: string;
  readonly keybrake: { readonly reason: string };
}

/** The error that the call is refused with; null when it is carried out. */
export async function play(scene: Scene): Promise<Refused | null> {
  await using opened = new AsyncDisposableStack();
  const stage = await setUp(scene, opened);
  if (scene.first !== null) await callFirst(stage, scene, scene.first);
  for (const act of [...scene.before, ...scene.last]) await act(stage);
  const answer = send(stage, scene);
  await Promise.all(scene.meanwhile.map((act) => act(stage)));
  return await answer;
}

async function setUp(scene: Scene, opened: AsyncDisposableStack): Promise<Stage> {
  const upstream = interceptedUpstream();
  const store = { fails: false };
  let ahead = 0;
  const clock = () => Date.now() + ahead;
  const failing = <P>(ledger: Ledger<P>): Ledger<P> => ({
    ...ledger,
    findVaultKeyByHash: (hash) =>
      store.fails ? Promise.reject(new Error("the disk is full")) : ledger.findVaultKeyByHash(hash),
  });
  const stack = opened.use(
    await startStack({
      upstream: upstream.upstream,
      ledger: failing,
      environment: { clock },
      rates: { eur: "1.1" },
    }),
  );
  const { id, vault_key: vaultKeySecret } = await stack.issue(scene.policy);
  const port = scene.onLiveProxy ? await openLiveProxy(stack, opened) : stack.port;
  const advance = (milliseconds: number) => {
    ahead += milliseconds;
  };
  return { stack, upstream, store, port, key: { id, vaultKeySecret }, advance, opened };
}

async function openLiveProxy({ ledger, emulator, adminKey }: Stack, opened: AsyncDisposableStack) {
  const upstream = createUndiciUpstream(emulator.url);
  const account = { vendor: VENDORS.stripe, upstream, credential: "rk_live_precedence0credential" };
  const proxy = createProxy({ ledger, accounts: [account], adminKey, log: createLog({ level: "silent" }) });
  opened.defer(() => proxy.close());
  return (await proxy.listen({ port: 0, host: "127.0.0.1" })).port;
}

/** Another call about the object waits for Stripe, which does not answer it before the end. */
export async function holdObject({ stack, upstream, key, opened }: Stage, charge: string): Promise<void> {
  const asked = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const { intercept } = upstream;
  upstream.intercept = async (request, goOn) => {
    if (!request.path.includes(charge)) return intercept(request, goOn);
    asked.resolve();
    await end.promise;
    return LOST;
  };
  const headers = { "idempotency-key": randomBytes(12).toString("hex") };
  const held = stack.call(key.vaultKeySecret, "POST", "/v1/refunds", { form: { charge }, headers });
  opened.defer(() => void held.catch(() => undefined));
  opened.defer(() => end.resolve());
  await asked.promise;
}

/** A charge of half a dollar, or another, under a key of its own unless told. */
export async function use(
  { stack, key }: Stage,
  form: Record<string, string> = {},
  headers = { "idempotency-key": randomBytes(12).toString("hex") },
): Promise<string | null> {
  const charge = { amount: "50", currency: "usd", source: "tok_visa", ...form };
  const { body } = await stack.call(key.vaultKeySecret, "POST", "/v1/charges", { form: charge, headers });
  return body.error?.code ?? null;
}

async function callFirst(stage: Stage, scene: Scene, first: NonNullable<Scene["first"]>): Promise<void> {
  const { upstream } = stage;
  const { intercept } = upstream;
  const name = scene.headers["idempotency-key"] ?? "";
  if (first.end !== "answered") upstream.intercept = async () => LOST;
  await use(stage, { ...scene.form, ...first.form }, { "idempotency-key": name });
  upstream.intercept = intercept;
  if (first.end === "held") await holdElsewhere(stage.stack.ledger, name);
}

/** Another replica sends the unknown act again, and has not ended. */
async function holdElsewhere(ledger: Ledger, key: string): Promise<void> {
  const scope = `test:${VENDORS.stripe.readCredential(UPSTREAM_KEY).owner}:`;
  const account = { vendor: "stripe", account: "default", simulate: false };
  const claim = await ledger.findClaim({ ...account, scope, key });
  const first = claim === null ? null : await ledger.getCall(claim.callId);
  if (claim === null || first === null) throw new Error("there is no first call");
  const { decision, code, state, status, upstreamRequestId, ...rest } = first;
  const { upstreamIdempotencyKey, objectId, latencyMs, overHoldMicros, ...facts } = rest;
  const { actDigest } = claim;
  const admission = await ledger.admit({
    facts: { ...facts, callId: "call_of_another_replica" },
    keyHash: (await ledger.getVaultKey(first.vaultKeyId, 0))?.hash ?? "",
    claim: {
      ...{ scope, key, by: "key", otherKeys: [], actDigest, sharedDigest: actDigest, callerKey: key },
      ...{ isKeyChosen: true, endsWithDelivery: false, body: "", upstreamIdempotencyKey: key },
    },
    repeats: first.callId,
    objectId: null,
    approval: null,
    latencyMs: 0,
    deadlineTime: 0,
    resendNotBefore: 0,
    claimLapsedBefore: 0,
    refusalStatus: {
      invalid_vault_key: 401,
      vault_key_revoked: 401,
      vault_key_expired: 401,
      vault_key_paused: 401,
      idempotency_error: 400,
      possible_repeat: 409,
      outcome_unresolved: 400,
      call_limit_exceeded: 429,
      rate_limited: 429,
      spend_cap_exceeded: 429,
      approval_denied: 403,
      approval_required: 403,
    },
  });
  if (admission.kind !== "resend") throw new Error(`the first call is ${admission.kind}`);
}

/** Over a socket of its own, byte for byte. */
async function send({ port, key, opened }: Stage, scene: Scene): Promise<Refused | null> {
  const wire = await openWire(port);
  opened.defer(() => void wire.socket.destroy());
  const body = scene.body ?? new URLSearchParams(scene.form).toString();
  const headers = [
    "POST /v1/charges HTTP/1.1",
    "host: 127.0.0.1",
    bearer(scene.vaultKeySecret ?? key.vaultKeySecret),
    "content-type: application/x-www-form-urlencoded",
    `content-length: ${scene.contentLength ?? body.length}`,
    ...Object.entries(scene.headers).map(([name, value]) => `${name}: ${value}`),
  ];
  wire.send(`${headers.join("\r\n")}\r\n\r\n${scene.withholdsBody ? "" : body}`);
  // Not by `expect.poll`, which concurrent tests cannot share.
  const deadline = performance.now() + LIMITS.bodyMs + PROMPT_MS;
  for (;;) {
    const answer = answerIn(wire.received());
    if (answer !== null) return answer.error ?? null;
    if (performance.now() >= deadline) throw new Error(`no answer came: ${wire.received()}`);
    await pass(10);
  }
}

/** The body of the answer, one character for each byte; null while it has not come to its end. */
function answerIn(received: string): { readonly error?: Refused } | null {
  const [head = "", body = ""] = received.split("\r\n\r\n");
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? Number.POSITIVE_INFINITY);
  return body.length < length ? null : JSON.parse(body);
}

/** Takes all places of the key, with calls that Stripe does not answer before the end. */
export async function takeAllPlaces({ stack, upstream, key, opened }: Stage): Promise<void> {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  const { intercept } = upstream;
  upstream.intercept = async () => {
    await end;
    return LOST;
  };
  const calls = Array.from({ length: LIMITS.callsInFlightPerKey }, () =>
    stack.call(key.vaultKeySecret, "GET", "/v1/customers"),
  );
  opened.defer(async () => {
    resolve();
    await Promise.all(calls);
  });
  // Not all of them have a socket.
  const running = async () => {
    const metrics = await (await fetch(`${stack.url}/metrics`)).text();
    return Number(/^keybrake_calls_in_flight (\d+)$/m.exec(metrics)?.[1]);
  };
  while ((await running()) < calls.length) await pass(50);
  upstream.intercept = intercept;
}
