import type { HttpBindings } from "@hono/node-server";
import { Hono, type Context as HttpContext } from "hono";
import type { Account } from "./account.ts";
import { APPROVABLE, approveAction, dropAction } from "./approvals.ts";
import { bodyProblem } from "./control-body.ts";
import type {
  ApprovalRule,
  ClockState,
  DisputeSpec,
  FaultSpec,
  Lag,
  PaySpec,
  SettleSpec,
} from "./control-types.ts";
import { endDispute, openDispute } from "./disputes.ts";
import { StripeError } from "./errors.ts";
import { faultProblem } from "./faults.ts";
import { settleIntent } from "./intents.ts";
import { CLOCK_STEP_MS_MAX, FAULTS_MAX } from "./limits.ts";
import { readMoneyBooks } from "./money-books.ts";
import { pay } from "./payer.ts";
import { traitsOf } from "./payment-sources.ts";
import { readBody } from "./read-body.ts";
import { ROUTES } from "./routes.ts";
import type { Context, State } from "./state.ts";

const OPERATIONS: ReadonlySet<string> = new Set(ROUTES.map((route) => route.operation));

type ControlApp = Hono<{ Bindings: HttpBindings }>;
type Call = HttpContext<{ Bindings: HttpBindings }>;

/** Undefined, which no route accepts, when the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text === "" ? "{}" : text);
  } catch {
    return undefined;
  }
}

function refuse(message: string) {
  return { error: { message } };
}

/** Reads a checked JSON body, does what it asks, and answers with the result. */
async function withBody<Body>(
  call: Call,
  problemOf: (body: unknown) => string | null,
  run: (body: Body) => object,
): Promise<Response> {
  const read = await readBody(call.env.incoming);
  if (read.kind !== "text") return call.json(refuse("the body is too large"), 413);
  const body = parseJson(read.text);
  const problem = problemOf(body);
  if (problem !== null) return call.json(refuse(problem), 400);
  try {
    return call.json(run(body as Body));
  } catch (error) {
    if (error instanceof StripeError) return call.json(refuse(error.message), 400);
    throw error;
  }
}

/** The context of the account that has an object; the platform's when none has it. */
function contextOf(account: Account, has: (state: State) => boolean): Context {
  account.playDue();
  const state = account.states.find(has) ?? account.state;
  return account.context({ requestId: null, idempotencyKey: null, accountId: state.accountId });
}

function addFaultRoutes(routes: ControlApp, account: Account): void {
  routes.post("/faults", async (c) => {
    const read = await readBody(c.env.incoming);
    if (read.kind !== "text") return c.json(refuse("the body is too large"), 413);
    const body = parseJson(read.text);
    const problem = faultProblem(body, OPERATIONS);
    if (problem !== null) return c.json(refuse(problem), 400);
    const spec = body as FaultSpec;
    const id = account.faults.arm({ id: account.makeId("fault"), spec, seed: account.seed });
    return id === null ? c.json(refuse(`at most ${FAULTS_MAX} faults at once`), 400) : c.json({ id }, 201);
  });
  routes.delete("/faults", (c) => c.json({ cleared: account.faults.clear() }));
}

function addTimeRoutes(routes: ControlApp, account: Account): void {
  const clock = (): ClockState => ({ now_ms: account.clock() });
  routes.get("/clock", (c) => c.json(clock()));
  routes.post("/clock", (c) =>
    withBody<{ readonly advance_ms: number }>(
      c,
      (body) => bodyProblem(body, { advance_ms: "count" }),
      ({ advance_ms }) => {
        account.advance(Math.min(advance_ms, CLOCK_STEP_MS_MAX));
        return clock();
      },
    ),
  );
  routes.post("/lag", (c) =>
    withBody<Lag>(
      c,
      (body) => bodyProblem(body, { list_ms: "count?", search_ms: "count?" }),
      ({ list_ms, search_ms }) => {
        account.lag.listMs = list_ms ?? account.lag.listMs;
        account.lag.searchMs = search_ms ?? account.lag.searchMs;
        return { list_ms: account.lag.listMs, search_ms: account.lag.searchMs };
      },
    ),
  );
}

/** What people and banks do, whom no API key and no proxy stands before. */
function addWorldRoutes(routes: ControlApp, account: Account): void {
  routes.post("/pay", (c) =>
    withBody<PaySpec>(
      c,
      (body) =>
        bodyProblem(body, {
          what: "string",
          payment_method: "string?",
          promotion_code: "string?",
          quantity: "count?",
        }),
      (spec) => {
        account.playDue();
        const contexts = account.states.map(({ accountId }) =>
          contextOf(account, (s) => s.accountId === accountId),
        );
        return pay(contexts, spec);
      },
    ),
  );
  routes.post("/settle", (c) =>
    withBody<SettleSpec>(
      c,
      (body) => bodyProblem(body, { payment_intent: "string", outcome: ["succeeded", "failed"] }),
      ({ payment_intent: id, outcome }) => {
        const context = contextOf(account, (state) => state.paymentIntents.get(id) !== undefined);
        const intent = context.state.paymentIntents.need(id, "payment_intent");
        const known = traitsOf(context.state, String(intent.payment_method)).decline;
        const message = "The payment was declined by the customer's bank.";
        const failure = known ?? { code: "payment_method_provider_decline", message };
        settleIntent(context, intent, outcome === "succeeded" ? null : failure);
        return intent;
      },
    ),
  );
  routes.post("/disputes", (c) =>
    withBody<DisputeSpec>(
      c,
      (body) => bodyProblem(body, { charge: "string", reason: "string?" }),
      ({ charge: id, reason = "fraudulent" }) => {
        const context = contextOf(account, (state) => state.charges.get(id) !== undefined);
        return openDispute(context, { charge: context.state.charges.need(id, "charge"), reason });
      },
    ),
  );
  routes.post("/disputes/:id/end", (c) =>
    withBody<{ readonly end: "won" | "lost" }>(
      c,
      (body) => bodyProblem(body, { end: ["won", "lost"] }),
      ({ end }) => {
        const id = c.req.param("id");
        const context = contextOf(account, (state) => state.disputes.get(id) !== undefined);
        const dispute = context.state.disputes.need(id, "id");
        endDispute(context, dispute, end);
        return dispute;
      },
    ),
  );
}

function addApprovalRoutes(routes: ControlApp, account: Account): void {
  const asked = (id: string) => contextOf(account, (state) => state.approvalRequests.get(id) !== undefined);
  routes.post("/approval_rules", (c) =>
    withBody<ApprovalRule>(
      c,
      (body) =>
        bodyProblem(body, { operation: Object.keys(APPROVABLE), amount_over: "count?", status: "count?" }),
      (rule) => {
        account.approvalRules.add(rule);
        return rule;
      },
    ),
  );
  routes.delete("/approval_rules", (c) => c.json({ cleared: account.approvalRules.clear() }));
  routes.post("/approval_requests/:id/approve", (c) =>
    withBody<{ readonly after_ms?: number }>(
      c,
      (body) => bodyProblem(body, { after_ms: "count?" }),
      ({ after_ms = 1000 }) => {
        const id = c.req.param("id");
        return approveAction(asked(id), id, Math.ceil(after_ms / 1000));
      },
    ),
  );
  routes.post("/approval_requests/:id/deny", (c) =>
    withBody(
      c,
      (body) => bodyProblem(body, {}),
      () => {
        const id = c.req.param("id");
        return dropAction(asked(id), id, "rejected");
      },
    ),
  );
}

/** The routes under `/_emulator`: the emulator's own, which Stripe does not have. They need no key. */
export function controlRoutes(account: Account): ControlApp {
  const routes: ControlApp = new Hono();
  addFaultRoutes(routes, account);
  addTimeRoutes(routes, account);
  addWorldRoutes(routes, account);
  addApprovalRoutes(routes, account);
  routes.get("/requests", (c) => c.json(account.log.show()));
  routes.get("/summary", (c) => {
    account.playDue();
    return c.json(account.state.books.summary);
  });
  routes.get("/books", (c) => {
    account.playDue();
    return c.json(readMoneyBooks(account.states));
  });
  routes.post("/reset", (c) => {
    account.reset();
    return c.json({ reset: true });
  });
  routes.all("*", (c) => c.json(refuse(`no such control route: ${c.req.method} ${c.req.path}`), 404));
  return routes;
}
