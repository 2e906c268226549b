import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

describe("a key that is bound", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const issue = (bind: object) => stack.issue({ role: "billing", daily_usd_cap: 100, bind });
  const codeOf = async (key: string, headers: Record<string, string>, method = "POST") => {
    const form = { amount: 100, currency: "usd", source: "tok_visa" };
    const made = { headers, ...(method === "POST" ? { form } : {}) };
    const path = method === "POST" ? "/v1/charges" : "/v1/customers";
    const { status, body } = await stack.call(key, method, path, made);
    return status === 200 ? 200 : body.error.code;
  };
  const RUN = "x-agent-run-id";
  const CONVERSATION = "x-agent-conversation-id";

  test("serves calls of its run alone: not of another, of none, or of one that only begins alike", async () => {
    const { id, vault_key: key } = await issue({ run_id: "run_1" });
    expect(await codeOf(key, { [RUN]: "run_1" })).toBe(200);
    expect(await codeOf(key, { [RUN]: "run_1" }, "GET")).toBe(200);
    const others: Record<string, string>[] = [
      {},
      { [RUN]: "run_12" },
      { [RUN]: "RUN_1" },
      { [CONVERSATION]: "run_1" },
    ];
    for (const headers of others) {
      expect(await codeOf(key, headers)).toBe("binding_not_met");
      expect(await codeOf(key, headers, "GET")).toBe("binding_not_met");
    }
    const [row] = await stack.auditRows(`&vault_key_id=${id}&code=binding_not_met`);
    expect(row).toMatchObject({ decision: "denied", status: 403, state: "none" });
    const refused = await stack.call(key, "GET", "/v1/customers");
    // Whoever has it by theft is not told what to say.
    expect(JSON.stringify(refused.body)).not.toContain("run_1");
    expect((await stack.admin(`/vault-keys/${id}`)).body.policy.bind).toEqual({
      ...{ run_id: "run_1", conversation_id: null },
    });
  });

  test("to both serves what is of both", async () => {
    const { vault_key: key } = await issue({ run_id: "r", conversation_id: "c" });
    expect(await codeOf(key, { [RUN]: "r", [CONVERSATION]: "c" })).toBe(200);
    expect(await codeOf(key, { [RUN]: "r" })).toBe("binding_not_met");
    expect(await codeOf(key, { [CONVERSATION]: "c" })).toBe("binding_not_met");
  });

  test("is bound to something that a header can say", async () => {
    const { status } = await stack.call("", "GET", "/v1/customers");
    expect(status).toBe(401);
    for (const bind of [
      {},
      { run_id: "" },
      { run_id: " r" },
      { run_id: "\u00e9" },
      { run: "r" },
      { run_id: "r".repeat(5000) },
    ]) {
      const body = { name: "n", vendor: "stripe", role: "audit", bind };
      expect((await stack.admin("/vault-keys", { method: "POST", body })).status).toBe(400);
    }
  });
});
