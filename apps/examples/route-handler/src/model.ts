import { readModelChoice, type Turn } from "@keybrake/example-shared";
import { chooseModel } from "@keybrake/example-shared/ai-sdk";

/** The stand-in charges when it sees no result yet, and says so when it does: the same for every request. */
const turn: Turn = (results) =>
  results.length === 0
    ? [
        {
          tool: "create_charge",
          input: { customer_id: "cus_demo_alice", amount_cents: 490, reference: "order-7" },
        },
      ]
    : "Order 7 is charged: $4.90.";

const choice = readModelChoice(["openai", "anthropic"], { argv: process.argv.slice(2), env: process.env });

/** Where a Next.js app has `openai("gpt-5-mini")`. */
export const model = await chooseModel(choice, Array(20).fill(turn));
