import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog, type StartProxyOptions, startProxy } from "@keybrake/proxy";
import { expect, onTestFinished, test } from "vitest";
import { serve } from "./served-proxy.ts";
import { UPSTREAM_KEY } from "./stack.ts";

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: number } }[];
}

/** A collector in this process: OTLP over HTTP, as JSON. */
async function startCollector() {
  const bodies: { path: string; body: string }[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    bodies.push({ path: request.url ?? "", body });
    response.setHeader("content-type", "application/json").end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const all = (path: string) =>
    bodies.filter((each) => each.path === path).map(({ body }) => JSON.parse(body));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    spans: (): Span[] =>
      all("/v1/traces").flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap((resource: any) => resource.scopeSpans.flatMap((scope: any) => scope.spans)),
      ),
    metrics: (): any[] =>
      all("/v1/metrics").flatMap(({ resourceMetrics }) =>
        resourceMetrics.flatMap((resource: any) =>
          resource.scopeMetrics.flatMap((scope: any) => scope.metrics),
        ),
      ),
  };
}

const attribute = ({ attributes }: Span, name: string) => {
  const value = attributes.find(({ key }) => key === name)?.value;
  return value?.stringValue ?? value?.intValue;
};

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

async function openScene(options: Partial<StartProxyOptions> = {}) {
  const collector = await startCollector();
  const proxy = await startProxy({ otlpEndpoint: collector.url, ...options } as object);
  onTestFinished(() => proxy.close());
  const { id, vault_key } = await proxy.admin.vaultKeys.create({
    name: "t",
    role: "billing",
    daily_usd_cap: 10,
  });
  const charge = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${proxy.url}/v1/charges`, {
      method: "POST",
      headers: { authorization: `Bearer ${vault_key}`, ...headers },
      body: new URLSearchParams({ amount: "600", currency: "usd", source: "tok_visa", ...form }),
    });
  return { collector, proxy, charge, id, vaultKey: vault_key };
}

test("a call joins the agent's trace, with spans for hold, upstream and settle within it", async () => {
  const { collector, proxy, charge, id } = await openScene();
  const joined = { traceparent: `00-${TRACE}-${PARENT}-01`, "idempotency-key": "one" };
  const answer = await charge({}, joined);
  expect(answer.status).toBe(200);
  expect((await charge({}, { ...joined, "idempotency-key": "two" })).status).toBe(429);
  await proxy.close();

  const spans = collector.spans().filter(({ traceId }) => traceId === TRACE);
  const [call, refused] = spans.filter(({ parentSpanId }) => parentSpanId === PARENT);
  if (call === undefined || refused === undefined) throw new Error(JSON.stringify(spans));
  expect(call).toMatchObject({ name: "charges.create", kind: 2 });
  expect(attribute(call, "keybrake.call_id")).toMatch(/^call_/);
  expect(attribute(call, "keybrake.vault_key_id")).toBe(id);
  expect(attribute(call, "keybrake.decision")).toBe("allowed");
  expect(attribute(call, "http.response.status_code")).toBe(200);
  expect(attribute(refused, "keybrake.code")).toBe("spend_cap_exceeded");
  const parts = (span: Span) => spans.filter(({ parentSpanId }) => parentSpanId === span.spanId);
  expect(parts(call).map(({ name }) => name)).toEqual(["price", "hold", "upstream", "settle"]);
  expect(parts(refused).map(({ name }) => name)).toEqual(["price", "hold"]);
  let last = BigInt(call.startTimeUnixNano);
  for (const part of parts(call)) {
    expect(BigInt(part.startTimeUnixNano)).toBeGreaterThanOrEqual(last);
    last = BigInt(part.endTimeUnixNano);
  }
  expect(BigInt(call.endTimeUnixNano)).toBeGreaterThanOrEqual(last);
});

test("the metrics that Prometheus reads are sent, too, under their names", async () => {
  const { collector, proxy, charge } = await openScene();
  await charge({}, { "idempotency-key": "one" });
  await proxy.close();
  const metric = (name: string) => collector.metrics().find((each) => each.name === name);
  expect(metric("keybrake_calls_total").sum).toMatchObject({
    isMonotonic: true,
    dataPoints: [
      { asDouble: 1, attributes: expect.arrayContaining([expect.objectContaining({ key: "operation" })]) },
    ],
  });
  const writes = metric("keybrake_call_duration_seconds").histogram.dataPoints.find((point: any) =>
    JSON.stringify(point.attributes).includes("write"),
  );
  expect(writes.count).toBe(1);
  expect(writes.bucketCounts.reduce((sum: number, each: number) => sum + Number(each), 0)).toBe(1);
  expect(writes.bucketCounts).toHaveLength(writes.explicitBounds.length + 1);
  expect(metric("keybrake_unresolved_usd").gauge.dataPoints).toHaveLength(3);
  expect(metric("keybrake_upstream_duration_seconds").unit).toBe("s");
});

test("nothing that a caller wrote is sent: no key, no card, wherever they put it", async () => {
  const { collector, proxy, charge, vaultKey } = await openScene();
  const card = "4242424242424242";
  const texts = {
    tracestate: `keybrake=${vaultKey.replaceAll("_", "-")}`,
    "x-agent-run-id": `run-${vaultKey}`,
    "x-agent-name": card,
    "idempotency-key": `key-${card}`,
    traceparent: `00-${TRACE}-${PARENT}-01`,
  };
  await charge({ description: card, "metadata[note]": vaultKey }, texts);
  await charge({ "card[number]": card }, { ...texts, traceparent: vaultKey });
  await fetch(`${proxy.url}/v1/charges/${vaultKey}?q=${card}`, {
    headers: { authorization: `Bearer ${vaultKey}` },
  });
  await fetch(`${proxy.url}/v1/${card}`, {
    method: "PROPFIND",
    headers: { authorization: `Bearer ${proxy.adminKey}` },
  });
  await proxy.close();
  expect(collector.spans().length).toBeGreaterThanOrEqual(4);
  const sent = collector.bodies.map(({ body }) => body).join("\n");
  const bare = vaultKey.slice(vaultKey.lastIndexOf("_") + 1);
  for (const secret of [bare, card, proxy.adminKey]) expect(sent).not.toContain(secret);
});

test("a parent that is not sampled has no spans here, and a traceparent that is none begins a trace", async () => {
  const { collector, proxy, charge } = await openScene();
  await charge({}, { "idempotency-key": "one", traceparent: `00-${TRACE}-${PARENT}-00` });
  await charge({}, { "idempotency-key": "one", traceparent: "00-zz-zz-01" });
  await proxy.close();
  const roots = collector.spans().filter(({ kind }) => kind === 2);
  expect(roots.map((span) => [attribute(span, "keybrake.decision"), span.parentSpanId ?? ""])).toEqual([
    ["replayed", ""],
  ]);
});

test("a collector that is away keeps no call and no end waiting, and is named in one line", async () => {
  const lines: string[] = [];
  const log = createLog({ destination: { write: (line: string) => void lines.push(line) } });
  const { proxy, charge } = await openScene({ otlpEndpoint: "http://127.0.0.1:9", log });
  expect((await charge({}, { "idempotency-key": "one" })).status).toBe(200);
  const begun = performance.now();
  await proxy.close();
  expect(performance.now() - begun).toBeLessThan(8_000);
  expect(lines.filter((line) => line.includes("could not be delivered")).length).toBeLessThanOrEqual(1);
});

test("without a collector nothing of OpenTelemetry's SDK is loaded; with one it is", async () => {
  const refuse = `import { registerHooks } from "node:module";
    registerHooks({ resolve(name, context, next) {
      if (/^@opentelemetry\\/(sdk|exporter|resources|core)/.test(name)) throw new Error("the SDK was loaded");
      return next(name, context);
    } });`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(refuse)}`;
  const start = async (env: Record<string, string>) => {
    const folder = await mkdtemp(join(tmpdir(), "keybrake-otel-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return serve({
      ...{ port: 0, store: join(folder, "books.db"), stripeUrl: "http://127.0.0.1:9" },
      ...{ credential: UPSTREAM_KEY, adminKey: "a".repeat(32), env: { NODE_OPTIONS, ...env } },
    });
  };
  const proxy = await start({});
  expect(await proxy.stop()).toBe(0);
  await expect(start({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" })).rejects.toThrow(
    /the SDK was loaded/,
  );
});
