import fc from "fast-check";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { NO_WAIT, VAULT_KEY } from "../../test/scripted-server.ts";
import { type AcceptedInput, requestOf } from "../tools/tool.ts";
import { ROLE_NAMES, ROLES, TOOLS, type ToolInput, type ToolName, toolOf } from "../tools/tools.ts";
import { createRun } from "./run.ts";
import { createToolset } from "./toolset.ts";

const base = { vaultKey: VAULT_KEY, proxyUrl: "http://127.0.0.1:1", runtime: NO_WAIT };

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("building", () => {
  test.each(ROLE_NAMES)("%s has the tools of the table, with what frameworks ask for", (role) => {
    const { tools, run } = createToolset(role, base);
    expect(tools.map((tool) => tool.name)).toEqual([...ROLES[role]]);
    expect(run.runId).toMatch(/^[0-9a-f-]{36}$/);
    for (const tool of tools) {
      const { write } = TOOLS[tool.name];
      expect(tool.annotations).toEqual({
        readOnlyHint: !write,
        destructiveHint: write,
        idempotentHint: true,
      });
      expect(tool.description.length).toBeGreaterThan(20);
      expect(tool.title.length).toBeGreaterThan(3);
      expect(tool.inputJsonSchema()).toMatchObject({ type: "object" });
    }
  });

  test("each tool sends the operation of the table, and a write has an act", () => {
    // Whatever field a tool asks for is there.
    const anyInput = new Proxy<AcceptedInput>({}, { get: () => "any_1" });
    for (const [name, { operations, write }] of Object.entries(TOOLS)) {
      const tool = toolOf(name as ToolName);
      const also = tool.write || tool.also === undefined ? [] : [{ ...tool.also, write: false }];
      const requests = [tool, ...also].map((source) => requestOf(source, anyInput));
      expect(requests.map(({ operation }) => operation)).toEqual([...operations]);
      expect(new Set(requests.map(({ method }) => method))).toEqual(new Set([write ? "POST" : "GET"]));
      expect("act" in tool).toBe(write);
    }
  });

  test("readOnly leaves out what moves money", () => {
    expect(
      createToolset("billing", base)
        .readOnly()
        .tools.map((tool) => tool.name),
    ).toEqual(["retrieve_customer", "list_customers"]);
    const audit = createToolset("audit", base);
    expect(audit.readOnly().tools).toHaveLength(audit.tools.length);
    expect(audit.readOnly().run).toBe(audit.run);
  });

  test("only limits the tools, in the order of the role", () => {
    const toolset = createToolset("billing", { ...base, only: ["list_customers", "create_charge"] });
    expect(toolset.tools.map((tool) => tool.name)).toEqual(["create_charge", "list_customers"]);
    expectTypeOf(toolset.tools[0]?.name).toEqualTypeOf<"create_charge" | "list_customers" | undefined>();
    expectTypeOf(createToolset("refund", base).readOnly().tools[0]?.name).toEqualTypeOf<
      "retrieve_charge" | "list_refunds" | undefined
    >();
  });

  test("inputs are typed by the schema", () => {
    expectTypeOf<ToolInput<"create_refund">>().toEqualTypeOf<{
      charge_id: string;
      amount_cents: number | null;
      reason: "duplicate" | "fraudulent" | "requested_by_customer" | null;
      reference: string | null;
    }>();
  });

  test("the proxy address comes from the environment when it is not given", () => {
    vi.stubEnv("KEYBRAKE_PROXY_URL", "");
    const { proxyUrl: _, ...withoutUrl } = base;
    expect(() => createToolset("billing", withoutUrl)).toThrow(
      expect.objectContaining({ code: "proxy_url_missing" }),
    );
    vi.stubEnv("KEYBRAKE_PROXY_URL", "http://127.0.0.1:8787");
    expect(() => createToolset("billing", withoutUrl)).not.toThrow();
  });

  const wrong: [string, Record<string, unknown>, string][] = [
    ["a Stripe secret key", { vaultKey: "sk_live_51S3CRET" }, "raw_stripe_key"],
    ["a Stripe restricted key", { vaultKey: "rk_test_51S3CRET" }, "raw_stripe_key"],
    ["a Stripe key in disguise", { vaultKey: " Bearer SK_live_51S3CRET" }, "raw_stripe_key"],
    ["no vault key", { vaultKey: undefined }, "invalid_options"],
    ["an empty vault key", { vaultKey: "" }, "invalid_options"],
    ["a vault key with a line feed", { vaultKey: "vk_test_S3CRET\nx" }, "invalid_options"],
    ["an address that is none", { proxyUrl: "S3CRET" }, "proxy_url_invalid"],
    ["another protocol", { proxyUrl: "ftp://host" }, "proxy_url_invalid"],
    ["an address with a password", { proxyUrl: "http://u:S3CRET@host" }, "proxy_url_invalid"],
    ["an address with a query", { proxyUrl: "http://host/?a=S3CRET" }, "proxy_url_invalid"],
    ["Stripe's address", { proxyUrl: "https://api.stripe.com" }, "proxy_url_invalid"],
    ["an address below the root", { proxyUrl: "http://host/stripe/" }, "proxy_url_invalid"],
    ["a tool of another role", { only: ["create_refund"] }, "tool_unknown"],
    ["a timeout of nothing", { timeoutMs: 0 }, "invalid_options"],
    ["another mode", { mode: "dry" }, "invalid_options"],
    ["another idempotency", { idempotency: "none" }, "invalid_options"],
    ["a run that is none", { run: { runId: "x" } }, "invalid_options"],
    ["two run ids", { run: createRun(), runId: "other" }, "invalid_options"],
    ["the vault key as run id", { runId: VAULT_KEY }, "invalid_options"],
    ["the vault key in the agent's name", { agent: `agent ${VAULT_KEY}` }, "invalid_options"],
  ];
  test.each(wrong)("refuses %s, without printing it", (_what, options, code) => {
    let thrown: unknown;
    try {
      createToolset("billing", { ...base, ...options } as never);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: "KeybrakeError", code, isRetryable: false });
    const { message, stack } = thrown as Error;
    for (const text of [message, stack]) {
      expect(text).not.toContain("S3CRET");
      expect(text).not.toContain(VAULT_KEY);
    }
  });

  test("refuses a role that there is not", () => {
    expect(() => createToolset("constructor" as never, base)).toThrow(
      expect.objectContaining({ code: "invalid_options" }),
    );
  });
});

describe("execute never throws", () => {
  test.each([undefined, null, 1, "x", [], {}, new Date(), Object.create(null)])("on %j", async (input) => {
    const fetch = () => {
      throw new Error(`boom ${VAULT_KEY}`);
    };
    for (const role of ROLE_NAMES) {
      for (const tool of createToolset(role, { ...base, fetch }).tools) {
        const outcome = await tool.execute(input);
        expect(outcome).toMatchObject({
          ok: false,
          code: expect.stringMatching(/^(invalid_input|outcome_unknown|proxy_unreachable)$/),
        });
        expect(JSON.stringify(outcome)).not.toContain(VAULT_KEY);
      }
    }
  });

  test("on an answer that throws when it is read, or a signal that is none", async () => {
    const fetch = async () => ({
      status: 200,
      headers: {
        get: () => {
          throw new Error("boom");
        },
      },
      text: async () => "{}",
    });
    const [charge] = createToolset("billing", { ...base, fetch }).tools;
    const input = { customer_id: "cus_1", amount_cents: 1 };
    expect(await charge?.execute(input)).toMatchObject({ ok: false, code: "outcome_unknown" });
    expect(await charge?.execute(input, { signal: {} as AbortSignal })).toMatchObject({
      ok: false,
      final: false,
    });
    expect(await charge?.execute(input, null as never)).toMatchObject({ ok: false });
  });

  test("whatever comes back: JSON, a code or an id, and no success without the right object", async () => {
    const answer = fc.record({
      status: fc.constantFrom(200, 201, 204, 301, 400, 401, 402, 403, 404, 409, 429, 500, 503),
      text: fc.oneof(
        fc.string(),
        fc.json(),
        fc
          .record({
            error: fc.oneof(
              fc.string(),
              fc.dictionary(fc.constantFrom("code", "message", "type"), fc.jsonValue()),
            ),
          })
          .map((body) => JSON.stringify(body)),
        fc
          .dictionary(
            fc.constantFrom("id", "object", "status", "amount", "currency", "metadata"),
            fc.jsonValue(),
          )
          .map((body) => JSON.stringify({ object: "charge", ...body })),
      ),
    });
    await fc.assert(
      fc.asyncProperty(answer, async ({ status, text }) => {
        const fetch = async () => ({ status, headers: { get: () => null }, text: async () => text });
        const [charge] = createToolset("billing", { ...base, fetch }).tools;
        const outcome = await charge?.execute({ customer_id: "cus_1", amount_cents: 1 });
        expect(JSON.parse(JSON.stringify(outcome))).toStrictEqual(outcome);
        if (outcome?.ok === true) {
          expect(status).toBeLessThan(300);
          expect(outcome).toMatchObject({ id: expect.any(String), amount_cents: expect.any(Number) });
        } else
          expect(outcome).toMatchObject({
            code: expect.stringMatching(/^[a-z0-9_]+$/),
            idempotency_key: expect.any(String),
          });
      }),
    );
  });

  test("and nothing that it returns holds undefined", async () => {
    const outcomes = await Promise.all(
      ROLE_NAMES.flatMap((role) =>
        createToolset(role, { ...base, mode: "simulate" }).tools.map((tool) =>
          tool.execute({ customer_id: "cus_1", amount_cents: 1 }),
        ),
      ),
    );
    for (const outcome of outcomes) expect(JSON.parse(JSON.stringify(outcome))).toStrictEqual(outcome);
  });
});

describe("approval", () => {
  const big = (input: Readonly<Record<string, unknown>>) => Number(input.amount_cents) > 1000;
  const input = { customer_id: "cus_1", amount_cents: 5000 };

  test("asks for what is over the line, shows the input, and goes on when approved", async () => {
    const [charge, , retrieve] = createToolset("billing", {
      ...base,
      mode: "simulate",
      requireApproval: big,
    }).tools;
    expect(await charge?.execute(input)).toEqual({
      ok: false,
      final: false,
      code: "approval_required",
      operation: "charges.create",
      message: expect.stringContaining("A person must approve this create_charge. Nothing was sent."),
      approval: {
        tool: "create_charge",
        input: { ...input, currency: null, description: null, billing_period: null, reference: null },
      },
    });
    expect(await charge?.execute({ ...input, amount_cents: 1 })).toMatchObject({ ok: true });
    expect(await charge?.execute(input, { approved: true })).toMatchObject({ ok: true });
    expect(await retrieve?.execute({ customer_id: "cus_1" })).toMatchObject({ ok: true });
  });

  test("a check that fails is a no, and one that changes its input changes nothing", async () => {
    const failing = () => Promise.reject(new Error("boom"));
    const [charge] = createToolset("billing", { ...base, mode: "simulate", requireApproval: failing }).tools;
    expect(await charge?.execute(input)).toMatchObject({ code: "approval_required" });
    const meddling = (given: Readonly<Record<string, unknown>>) => {
      (given as Record<string, unknown>).amount_cents = 1;
      return false;
    };
    const [other] = createToolset("billing", { ...base, mode: "simulate", requireApproval: meddling }).tools;
    expect(await other?.execute(input)).toMatchObject({ ok: true, amount_cents: 5000 });
  });
});
