import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charge, type Stack, startStack } from "../stack.ts";
import { isAskedFor } from "./asked.ts";
import { GO } from "./go.ts";
import { startAgent } from "./language.ts";

/**
 * With `/stripe` as its base address, stripe-go made a charge and told its program that it had failed: it reads the
 * API's version from the start of the path, after the answer. Three charges were made by a program that saw errors.
 */
describe("stripe-go under /stripe", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const CLIENT = { "user-agent": "Stripe/v1 GoBindings/85.0.0" };

  test("is refused in words, with a row, and nothing is executed", async () => {
    const { vault_key, id } = await stack.issue();
    const refused = await stack.call(vault_key, "POST", "/stripe/v1/charges", {
      form: { amount: 100, currency: "usd", source: "tok_visa" },
      headers: { ...CLIENT, "idempotency-key": "go-1" },
    });
    expect(refused.status).toBe(403);
    expect(refused.body.error).toMatchObject({ code: "operation_not_allowed" });
    expect(refused.body.error.message).toMatch(/give it the proxy's root/);
    const [row] = await stack.auditRows(`&vault_key_id=${id}`);
    expect(row).toMatchObject({ decision: "denied", code: "operation_not_allowed" });
    expect((await stack.control.summary()).charges.created).toBe(0);
    // The claim was not taken: at the root the same call goes through.
    const made = await charge(stack, vault_key, {}, { ...CLIENT, "idempotency-key": "go-1" });
    expect(made.status).toBe(200);
  });

  test("other clients are served there", async () => {
    const { vault_key } = await stack.issue();
    const made = await stack.call(vault_key, "POST", "/stripe/v1/charges", {
      form: { amount: 100, currency: "usd", source: "tok_visa" },
      headers: { "user-agent": "Stripe/v1 PythonBindings/16.1.0", "idempotency-key": "python-1" },
    });
    expect(made.status).toBe(200);
  });

  test.skipIf(!isAskedFor(GO))(
    "the package itself executes nothing there, so that its error is true",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "keybrake-go-"));
      try {
        const program = await GO.build(folder);
        const { vault_key } = await stack.issue();
        const before = (await stack.control.summary()).charges.created;
        await using agent = await startAgent(program, { vaultKey: vault_key, base: `${stack.url}/stripe` });
        const seen = await agent.ask({ act: "charge", amount: 300, reference: "june" });
        expect(seen).toMatchObject({ id: "", error: { kind: expect.any(String) } });
        expect((await stack.control.summary()).charges.created).toBe(before);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    900_000,
  );
});
