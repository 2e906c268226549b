import { setTimeout as pause } from "node:timers/promises";

/** What agents saw. */
export interface Seen {
  /** The ids of the charges that they were answered with: one for each act that is not refused. */
  readonly objects: Set<string>;
  /** Answers that no brake gives: 5xx, and connections that broke. By what they were. */
  readonly errors: Map<string, number>;
  /** Refusals by their code. */
  readonly refusals: Map<string, number>;
}

export interface Agents {
  readonly seen: Seen;
  /** Resolves when every agent was refused for good. */
  readonly ended: Promise<unknown>;
}

/** How an agent's client repeats what got no answer: as long as this, at one replica after the other. */
const REPEAT_MS = 90_000;
const REPEAT_AFTER_MS = 150;

/** The charge of each act, in dollars. */
export const CHARGE_USD = 1;

interface Answer {
  readonly status: number;
  readonly body: any;
}

/** Each charges one act after the other, under its own key and at any of the replicas, until it is refused. */
export function startAgents(urls: readonly string[], keys: readonly { readonly vaultKey: string }[]): Agents {
  const seen: Seen = { objects: new Set(), errors: new Map(), refusals: new Map() };
  const count = (counts: Map<string, number>, name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };

  /** One act, repeated with its own key until somebody says what became of it. */
  async function charge(vaultKey: string, act: string, first: number): Promise<Answer> {
    const deadline = Date.now() + REPEAT_MS;
    for (let tries = 0; ; tries++) {
      const answer = await send(urls[(first + tries) % urls.length] ?? "", vaultKey, act);
      if (typeof answer !== "string" && answer.status < 500) return answer;
      count(seen.errors, typeof answer === "string" ? answer : String(answer.status));
      if (Date.now() > deadline) throw new Error(`nobody says what became of ${act}`);
      await pause(REPEAT_AFTER_MS);
    }
  }

  async function live(vaultKey: string, agent: number): Promise<void> {
    for (let index = 0; ; index++) {
      const { status, body } = await charge(vaultKey, `agent-${agent}-${index}`, agent + index);
      if (status !== 200) {
        count(seen.refusals, String(body?.error?.code));
        return;
      }
      const { size } = seen.objects;
      seen.objects.add(String(body.id));
      if (seen.objects.size === size) throw new Error(`${body.id} was answered to two acts`);
    }
  }

  const ended = Promise.all(keys.map(({ vaultKey }, agent) => live(vaultKey, agent)));
  return { seen, ended };
}

/** The answer, or the name of what broke. */
async function send(url: string, vaultKey: string, act: string): Promise<Answer | string> {
  try {
    const response = await fetch(`${url}/v1/charges`, {
      method: "POST",
      headers: { authorization: `Bearer ${vaultKey}`, "idempotency-key": act },
      body: new URLSearchParams({
        amount: String(CHARGE_USD * 100),
        currency: "usd",
        source: "tok_visa",
        "metadata[reference]": act,
      }),
    });
    return { status: response.status, body: await response.json() };
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return cause?.code ?? String(error);
  }
}
