import { expect } from "vitest";
import type { Scenario } from "../scenario.ts";
import { chargeInSecondProcess } from "../second-process.ts";
import type { World } from "../world.ts";
import { ALICE, BOB, charge, chargeIdIn, expectDone, JUNE, quote, refund } from "./phrases.ts";

/** Runs that are cut off and go on: the proxy down, a stream broken, an abort, a conversation that lasts. */

/** Aborts once the charge is at Stripe, and before its answer is back at the tool. */
async function abortAtStripe(world: World, controller: AbortController): Promise<void> {
  await world.holdAnswersUntil(async () => {
    await world.until(async () => (await world.stripeRequests()) > 0);
    controller.abort();
  });
}

const proxyDown: Scenario = {
  id: "proxy.down-and-back",
  title: "the proxy is stopped and started again in mid-run: every act once",
  seeds: [
    quote(
      "llamaindex",
      "faq",
      "The net result is at-most-once charge semantics as long as the proxy recovers before the agent's max_iterations is exceeded.",
    ),
    quote(
      "autogen",
      "faq",
      "Your function can catch this and return a user-friendly string to the assistant, which the assistant can then reason about.",
    ),
    quote(
      "semantic-kernel",
      "faq",
      "Design your system prompt to tell the agent to stop and report the failure rather than find an alternative path to Stripe.",
    ),
  ],
  rawKey: "An agent that has Stripe's key finds another way round whatever is down, and pays twice.",
  keybrake:
    "The model is told that nothing was sent and that the same call is safe; what was done before the restart is in the store and is replayed.",
  run: async (world) => {
    const key = await world.issue();
    const july = [charge({ ...JUNE, billing_period: "2026-07" })];
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [
        [charge(JUNE)],
        async () => {
          await world.stack.stopProxy();
          return july;
        },
        async () => {
          await world.stack.startProxy();
          return july;
        },
        [charge(JUNE)],
        "June and July are charged.",
      ],
    });
    expectDone(result);
    expect(result.toolTexts[1]).toMatch(/cannot charge or refund twice/);
    expect(result.toolTexts[2]).toMatch(/\bch_/);
    expect(chargeIdIn(result.toolTexts[3])).toBe(chargeIdIn(result.toolTexts[0]));
    expect((await world.books()).charges.created).toBe(2);
    expect((await world.stack.admin.vaultKeys.get(key.id)).spent).toBe(58);
  },
};

const interruptedStream: Scenario = {
  id: "stream.interrupted",
  title:
    "the client disconnects in mid-stream, and the run is resumed, here and in a new process: one charge",
  seeds: [
    quote(
      "openai-swarm",
      "gap",
      "A subsequent client.run() call to resume the session won't know whether the prior tool call completed.",
    ),
    quote(
      "llamaindex",
      "gap",
      "If the client disconnects mid-stream, the charge may have already succeeded.",
    ),
    quote("llamaindex", "gap", "Always check the audit log before retrying a streaming billing operation."),
  ],
  rawKey: "The tool call is in no history; the resumed run does not know of it and charges again.",
  keybrake:
    "The resumed run has the same run id, and so the act has the same key: the answer is the charge that was made.",
  run: async (world) => {
    const key = await world.issue();
    const attempt = (signal?: AbortSignal) =>
      world.run(
        {
          toolsets: [world.toolset("billing", key, { runId: "session-1" })],
          turns: [[charge(JUNE)], "June is charged."],
        },
        { stream: true, signal },
      );
    const controller = new AbortController();
    const [first] = await Promise.all([attempt(controller.signal), abortAtStripe(world, controller)]);
    expect(first.ended).not.toBe("done");
    const second = await attempt();
    expectDone(second);
    const elsewhere = await chargeInSecondProcess(world, key, { runId: "session-1", call: charge(JUNE) });
    expect(chargeIdIn(elsewhere)).toBe(chargeIdIn(second.toolTexts[0]));
    expect((await world.books()).charges.created).toBe(1);
    const keys = (await world.rows({ run_id: "session-1" })).map((row) => row.idempotency_key);
    expect(new Set(keys).size).toBe(1);
  },
};

const wholeStream: Scenario = {
  id: "stream.whole",
  title: "a streaming run that is not disturbed does the same as any other",
  seeds: [
    quote(
      "llamaindex",
      "gap",
      "The tool call happens synchronously mid-stream — the charge fires before the streaming response completes.",
    ),
  ],
  rawKey: "What streams is executed before anybody has read it.",
  keybrake: "The guarantees are in the tools and the proxy, not in the way the answer is read.",
  run: async (world) => {
    const key = await world.issue();
    const result = await world.run(
      {
        toolsets: [world.toolset("billing", key)],
        turns: [[charge(JUNE), charge(JUNE)], [charge(JUNE)], "June is charged."],
      },
      { stream: true },
    );
    expectDone(result);
    expect(result.text).toBe("June is charged.");
    expect(new Set(result.toolTexts.map(chargeIdIn)).size).toBe(1);
    expect((await world.books()).charges.created).toBe(1);
  },
};

const abortBefore: Scenario = {
  id: "abort.before",
  title: "a run that is aborted before it begins sends nothing",
  seeds: [
    quote(
      "semantic-kernel",
      "failure",
      "FunctionChoiceBehavior.Auto() will then invoke that plugin as many times as the LLM decides is necessary — without a hard call limit, a per-invocation spend cap, or a kill switch tied to a specific SK session.",
    ),
  ],
  rawKey: "There is no switch: a loop that has begun goes on until the model stops.",
  keybrake: "The framework's abort signal reaches the tools; a call that has not left does not leave.",
  run: async (world) => {
    const key = await world.issue();
    const result = await world.run(
      { toolsets: [world.toolset("billing", key)], turns: [[charge(JUNE)], "Charged."] },
      { signal: AbortSignal.abort() },
    );
    expect(result.ended).toBe("aborted");
    expect(world.sent).toEqual([]);
    expect((await world.books()).charges.created).toBe(0);
  },
};

const abortDuring: Scenario = {
  id: "abort.during",
  title: "a run is aborted while Stripe works: no second try, the repeat is safe",
  seeds: [quote("openai-swarm", "failure", "Second call with no idempotency key = second charge:")],
  rawKey: "The abort hides whether the charge was made; starting over charges again.",
  keybrake:
    "What had left is settled by the proxy; the same run id makes starting over safe, and nothing new leaves after the abort.",
  run: async (world) => {
    const key = await world.issue();
    const attempt = (signal?: AbortSignal) =>
      world.run(
        {
          toolsets: [world.toolset("billing", key, { runId: "run-1" })],
          turns: [
            [charge(JUNE), charge({ ...JUNE, customer_id: BOB })],
            [charge({ ...JUNE, billing_period: "2026-07" })],
            "Charged.",
          ],
        },
        { signal },
      );
    const controller = new AbortController();
    const [aborted] = await Promise.all([attempt(controller.signal), abortAtStripe(world, controller)]);
    expect(aborted.ended).toBe("aborted");
    expect(world.sent).toHaveLength(1);
    const again = await attempt();
    expectDone(again);
    const books = await world.books();
    expect(books.customers[ALICE]?.charges).toBe(2);
    expect(books.customers[BOB]?.charges).toBe(1);
  },
};

const conversation: Scenario = {
  id: "conversation.charge-again",
  title:
    '"charge me again" in a long conversation: the same act is answered, a new reference is a new charge',
  seeds: [
    quote(
      "llamaindex",
      "gap",
      "This is useful for references but dangerous if the agent decides to duplicate the charge rather than retrieve the existing one.",
    ),
    quote(
      "openai-swarm",
      "gap",
      "A handoff function that returns a fallback string on error means the billing agent retains control instead of transferring to the support agent.",
    ),
  ],
  rawKey: "The agent remembers the last charge and makes it again, wanted or not.",
  keybrake:
    'The same act is answered with "had already been made"; a second charge that is really meant says so with a reference of its own.',
  run: async (world) => {
    const key = await world.issue();
    const agent = world.agent({
      name: "billing",
      toolsets: [world.toolset("billing", key, { conversationId: "conversation-1" })],
      turns: [
        [charge(JUNE)],
        "June is charged.",
        [charge(JUNE)],
        "June had been charged already.",
        [charge({ ...JUNE, reference: "second seat" })],
        "The second seat is charged.",
      ],
    });
    const first = await agent.run({ prompt: "Charge me for June." });
    const second = await agent.run({ prompt: "Charge me again.", history: first.history });
    expect((await world.books()).charges.created).toBe(1);
    const third = await agent.run({ prompt: "And the second seat.", history: second.history });
    expectDone(third);
    expect(third.toolTexts).toHaveLength(3);
    expect(third.toolTexts[1]).toMatch(/had already been made/);
    expect(chargeIdIn(third.toolTexts[2])).not.toBe(chargeIdIn(third.toolTexts[0]));
    expect((await world.books()).charges.created).toBe(2);
    const rows = await world.rows();
    expect(new Set(rows.map((row) => row.conversation_id))).toEqual(new Set(["conversation-1"]));
  },
};

const oldChargeId: Scenario = {
  id: "conversation.old-charge-id",
  title: "a charge id from an earlier turn is used for a refund that nobody asked for: 403",
  seeds: [
    quote(
      "semantic-kernel",
      "failure",
      "In a long-running agent session, the LLM can reference a charge ID from turn 3 to attempt a refund on turn 12, even if the current turn's intent was unrelated to refunds.",
    ),
    quote("semantic-kernel", "failure", "The context window becomes an inadvertent permission system."),
  ],
  rawKey: "Whatever id stands in the history can be acted on with the one key there is.",
  keybrake: "An id is no permission: the key of this agent may not refund, in any turn.",
  run: async (world) => {
    const key = await world.issue();
    const agent = world.agent({
      name: "billing",
      toolsets: [world.toolset("billing", key), world.toolset("refund", key)],
      turns: [
        [charge(JUNE)],
        "June is charged.",
        (shown) => [refund(chargeIdIn(shown[0]))],
        "I may not refund.",
      ],
    });
    const first = await agent.run({ prompt: "Charge June." });
    const second = await agent.run({ prompt: "What is your refund policy?", history: first.history });
    expectDone(second);
    expect(second.toolTexts[1]).toMatch(/stop/i);
    expect((await world.books()).refunds.created).toBe(0);
  },
};

export const interruptions: readonly Scenario[] = [
  proxyDown,
  wholeStream,
  interruptedStream,
  abortBefore,
  abortDuring,
  conversation,
  oldChargeId,
];
