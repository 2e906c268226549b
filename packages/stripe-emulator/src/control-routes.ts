import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { Account } from "./account.ts";
import type { FaultSpec } from "./control-types.ts";
import { faultProblem } from "./faults.ts";
import { FAULTS_MAX } from "./limits.ts";
import { readBody } from "./read-body.ts";
import { ROUTES } from "./router.ts";

const OPERATIONS: ReadonlySet<string> = new Set(ROUTES.map((route) => route.operation));

/** Undefined, which is no fault, when the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The routes under `/_emulator`: the emulator's own, which Stripe does not have. They need no key. */
export function controlRoutes(account: Account): Hono<{ Bindings: HttpBindings }> {
  const routes = new Hono<{ Bindings: HttpBindings }>();
  const refusal = (message: string) => ({ error: { message } });
  routes.post("/faults", async (c) => {
    const read = await readBody(c.env.incoming);
    if (read.kind !== "text") return c.json(refusal("the body is too large"), 413);
    const body = parseJson(read.text);
    const problem = faultProblem(body, OPERATIONS);
    if (problem !== null) return c.json(refusal(problem), 400);
    const id = account.faults.arm({
      id: account.makeId("fault"),
      spec: body as FaultSpec,
      seed: account.seed,
    });
    return id === null ? c.json(refusal(`at most ${FAULTS_MAX} faults at once`), 400) : c.json({ id }, 201);
  });
  routes.delete("/faults", (c) => c.json({ cleared: account.faults.clear() }));
  routes.get("/requests", (c) => c.json(account.log.show()));
  routes.get("/summary", (c) => c.json(account.state.books.summary));
  routes.post("/reset", (c) => {
    account.reset();
    return c.json({ reset: true });
  });
  routes.all("*", (c) => c.json(refusal(`no such control route: ${c.req.method} ${c.req.path}`), 404));
  return routes;
}
