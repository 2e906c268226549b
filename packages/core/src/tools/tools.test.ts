import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { retrieveRefund } from "../../test/retrieve-refund.ts";
import { NO_WAIT, type ScriptedServer, startScriptedServer, VAULT_KEY } from "../../test/scripted-server.ts";
import { makeBinding } from "../run/binding.ts";
import { createRun, type Run } from "../run/run.ts";
import { bindTool, createToolset } from "../run/toolset.ts";
import { SYSTEM_FETCH } from "../wire/environment.ts";
import { restrictedKeyPermissions } from "./restricted-key.ts";
import { ROLE_NAMES, ROLES, roleOperations, TOOL_TABLE, TOOLS, type ToolName } from "./tools.ts";

describe("the table", () => {
  test("roles, their tools in order, and operations are what users and policies depend on", () => {
    expect(ROLE_NAMES).toEqual(["billing", "refund", "audit"]);
    expect(ROLES).toEqual({
      billing: ["create_charge", "create_payment_intent", "retrieve_customer", "list_customers"],
      refund: ["create_refund", "retrieve_charge", "list_refunds"],
      audit: [
        "check_existing_charge",
        "retrieve_charge",
        "list_charges",
        "retrieve_payment_intent",
        "list_refunds",
        "retrieve_customer",
        "list_customers",
        "retrieve_balance",
      ],
    });
    expect(roleOperations("billing")).toEqual([
      "charges.create",
      "paymentIntents.create",
      "customers.retrieve",
      "customers.list",
    ]);
    expect(roleOperations("refund")).toEqual(["refunds.create", "charges.retrieve", "refunds.list"]);
    expect(roleOperations("audit")).toEqual([
      "charges.list",
      "paymentIntents.list",
      "charges.retrieve",
      "paymentIntents.retrieve",
      "refunds.list",
      "customers.retrieve",
      "customers.list",
      "balance.retrieve",
    ]);
    expect(TOOLS.create_refund).toEqual({ operations: ["refunds.create"], write: true });
    expect(TOOLS.check_existing_charge).toEqual({
      operations: ["charges.list", "paymentIntents.list"],
      write: false,
    });
  });

  test("has a line for every file of a tool, under its name", () => {
    const machinery = ["json-schema", "parse-input", "restricted-key", "tool", "tools"];
    const files = readdirSync(import.meta.dirname)
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => file.replace(/\.ts$/, ""))
      .filter((name) => !machinery.includes(name));
    expect(files.map((file) => file.replaceAll("-", "_")).sort()).toEqual(Object.keys(TOOL_TABLE).sort());
  });

  test("what a Stripe key needs for a role comes from its tools; Write includes Read", () => {
    expect(restrictedKeyPermissions(roleOperations("refund"))).toEqual([
      { resource: "Charges and Refunds", permission: "Write" },
    ]);
    expect(restrictedKeyPermissions(roleOperations("audit"))).toEqual([
      { resource: "Charges and Refunds", permission: "Read" },
      { resource: "PaymentIntents", permission: "Read" },
      { resource: "Customers", permission: "Read" },
      { resource: "Balance", permission: "Read" },
    ]);
    expect(restrictedKeyPermissions(["charges.capture", "disputes.list"])).toEqual([
      { resource: "Charges and Refunds", permission: "Write" },
    ]);
  });
});

/**
 * The tool of CONTRIBUTING.md's recipe, which nothing in `src` knows of: its definition alone makes it work, so a new
 * tool needs its file and its line.
 */
describe("a tool made by the recipe", () => {
  let server: ScriptedServer;
  beforeAll(async () => {
    server = await startScriptedServer();
  });
  afterAll(() => server.close());

  const refund = {
    id: "re_1",
    object: "refund",
    amount: 900,
    currency: "usd",
    status: "pending",
    secret: "x",
  };

  function bind(run: Run, mode: "live" | "simulate") {
    const world = { fetch: SYSTEM_FETCH, runtime: NO_WAIT, timeoutMs: 5_000, maxWrites: null };
    const binding = makeBinding(run, { vaultKey: VAULT_KEY, proxyUrl: server.url, mode, ...world });
    return bindTool("retrieve_refund" as string as ToolName, retrieveRefund, binding);
  }

  test("is the one that the recipe shows", () => {
    const file = join(import.meta.dirname, "../../test/retrieve-refund.ts");
    const shown = readFileSync(file, "utf8").replaceAll("../src/tools/", "./").replaceAll("../src/", "../");
    const contributing = readFileSync(join(import.meta.dirname, "../../../../CONTRIBUTING.md"), "utf8");
    expect(contributing).toContain(`\`\`\`ts\n${shown}\`\`\``);
  });

  test("has the words and the schema that frameworks ask for", () => {
    const tool = bind(createRun(), "live");
    expect(tool).toMatchObject({
      name: "retrieve_refund",
      title: "Retrieve refund",
      write: false,
      annotations: { readOnlyHint: true, destructiveHint: false },
    });
    expect(tool.inputJsonSchema()).toMatchObject({
      required: ["refund_id"],
      additionalProperties: false,
      properties: { refund_id: { type: "string", pattern: expect.stringContaining("re|pyr") } },
    });
  });

  test("is sent, and its answer described in its useful fields", async () => {
    server.answer({ body: refund });
    const tool = bind(createRun(), "live");
    expect(await tool.execute({ refund_id: "re_1" })).toEqual({
      ok: true,
      operation: "refunds.retrieve",
      id: "re_1",
      status: "pending",
      amount_cents: 900,
      currency: "usd",
      replayed: false,
      data: { id: "re_1", object: "refund", amount: 900, currency: "usd", status: "pending" },
      message: "The refund re_1 of 9.00 USD is pending.",
    });
    expect(server.requests.at(-1)).toMatchObject({ method: "GET", url: "/stripe/v1/refunds/re_1" });
  });

  test("refuses bad input, and another object for an answer", async () => {
    server.answer({ body: { ...refund, object: "charge" } });
    const tool = bind(createRun(), "live");
    expect(await tool.execute({ refund_id: "ch_1" })).toMatchObject({ code: "invalid_input" });
    expect(await tool.execute({ refund_id: "re_1" })).toMatchObject({ code: "upstream_error" });
  });

  test("is simulated together with the tools of its run", async () => {
    const run = createRun();
    const [create] = createToolset("refund", { vaultKey: "", mode: "simulate", run }).tools;
    const made = await create?.execute({ charge_id: "ch_elsewhere", amount_cents: 900 });
    const id = made?.ok === true ? made.id : null;
    const tool = bind(run, "simulate");
    expect(await tool.execute({ refund_id: id })).toMatchObject({ ok: true, id, amount_cents: 900 });
    expect(await tool.execute({ refund_id: "re_none" })).toMatchObject({ code: "resource_missing" });
  });
});
