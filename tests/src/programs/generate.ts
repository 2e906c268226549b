import { KEYS } from "./keys.ts";
import { type Random, seeded } from "./random.ts";
import type { AgentCall, Call, Currency, Header, Method, Program, Step, Weather } from "./steps.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What agents do, as often as it is named. */
const CALLS: readonly [Call["do"], ...Call["do"][]] = [
  "charge",
  "charge",
  "charge",
  "intent",
  "intent",
  "intent",
  "update_intent",
  "update_intent",
  "confirm_intent",
  "confirm_intent",
  "capture_intent",
  "cancel_intent",
  "capture_charge",
  "refund",
  "refund",
  "invoice",
  "item",
  "item",
  "item",
  "finalize_invoice",
  "finalize_invoice",
  "pay_invoice",
  "void_invoice",
  "void_invoice",
  "page",
  "link",
  "subscribe",
];

const STORMS: readonly [Weather, ...Weather[]] = [
  "lost_before",
  "lost_after",
  "lost_after",
  "error_before",
  "error_after",
  "rate_limited",
  "foreign_before",
  "foreign_after",
];

const NEW: readonly [Call["do"], ...Call["do"][]] = ["charge", "intent"];

/** What is done to one intent at once. */
const RACING: readonly [Call["do"], ...Call["do"][]] = [
  "update_intent",
  "update_intent",
  "update_intent",
  "confirm_intent",
  "capture_intent",
  "cancel_intent",
];

const HEADERS: readonly [Header, ...Header[]] = ["own", "own", "own", "own", "run", "none", "fresh", "fresh"];

const METHODS: readonly [Method, ...Method[]] = ["none", "visa", "visa", "declined", "bank", "challenge"];

/** The same program for the same seed. */
export function generateProgram(seed: number, length: number): Program {
  const random = seeded(seed);
  return Array.from({ length }, () => generateStep(random));
}

function generateStep(random: Random): Step {
  const nth = random.below(1000);
  switch (random.below(25)) {
    case 0:
      return { step: "wait", ms: wait(random) };
    case 1:
      return {
        step: "company",
        makes: random.pick(["subscription", "link", "invoice"]),
        amount: amount(random),
      };
    case 2:
    case 3: {
      const pays = random.pick<"intent" | "invoice" | "page" | "link">([
        "intent",
        "intent",
        "invoice",
        "page",
        "link",
      ]);
      return { step: "payer", pays, nth, declined: random.onceIn(4) };
    }
    case 4:
      return random.onceIn(2)
        ? { step: "bank", nth, outcome: random.pick(["succeeded", "failed"]) }
        : { step: "dispute", nth };
    case 5:
    case 6:
    case 7: {
      const key = random.onceIn(2) ? null : random.below(KEYS.length);
      const weather = random.onceIn(4) ? random.pick(STORMS) : "fair";
      return { step: "again", nth, key, weather, reworded: random.onceIn(3) };
    }
    case 8:
      return { step: "together", asked: together(random) };
    case 9:
      return random.onceIn(3) ? { step: "restart" } : { step: "call", asked: agentCall(random) };
    case 10:
      return random.onceIn(2)
        ? { step: "reconcile" }
        : { step: "twins", asked: { ...agentCall(random), weather: "fair" }, count: 2 + random.below(4) };
    default:
      return { step: "call", asked: agentCall(random) };
  }
}

/** Minutes to days, never a round figure: what happens at the very end of a window is the ledger's own tests'. */
function wait(random: Random): number {
  const length = random.pick([5 * MINUTE, 40 * MINUTE, 3 * HOUR, 11 * HOUR, 25 * HOUR, 3 * DAY, 9 * DAY]);
  return length + 1000 + random.below(MINUTE);
}

function amount(random: Random): number {
  return 100 + random.below(2400);
}

function agentCall(random: Random): AgentCall {
  return {
    key: random.below(KEYS.length),
    call: generateCall(random, random.pick(CALLS)),
    header: random.pick(HEADERS),
    weather: random.onceIn(5) ? random.pick(STORMS) : "fair",
  };
}

/** Several changes of one intent by one key, or new charges and intents of several keys. */
function together(random: Random): AgentCall[] {
  const count = 2 + random.below(4);
  const key = random.below(KEYS.length);
  const nth = random.below(1000);
  const isRace = random.onceIn(2);
  return Array.from({ length: count }, () => ({
    key: isRace ? key : random.below(KEYS.length),
    call: isRace
      ? { ...generateCall(random, random.pick(RACING)), nth }
      : generateCall(random, random.pick(NEW)),
    header: "own",
    weather: "fair",
  }));
}

function generateCall(random: Random, what: Call["do"]): Call {
  const nth = random.below(1000);
  const currency: Currency = random.pick(["usd", "usd", "usd", "eur", "jpy"]);
  const part = random.onceIn(2) ? null : amount(random);
  switch (what) {
    case "charge":
      return {
        do: what,
        amount: amount(random),
        currency,
        declined: random.onceIn(6),
        capture: !random.onceIn(5),
      };
    case "intent":
      return {
        do: what,
        amount: amount(random),
        currency,
        method: random.pick(METHODS),
        manual: random.onceIn(4),
      };
    case "update_intent":
    case "item":
      return { do: what, nth, amount: amount(random) };
    case "confirm_intent":
      return { do: what, nth, method: random.pick(METHODS) };
    case "capture_intent":
    case "capture_charge":
    case "refund":
      return { do: what, nth, amount: part };
    case "cancel_intent":
    case "finalize_invoice":
    case "void_invoice":
      return { do: what, nth };
    case "pay_invoice":
      return { do: what, nth, declined: random.onceIn(3) };
    case "invoice":
      return { do: what, taxed: random.onceIn(3) };
    case "page":
      return { do: what, amount: amount(random) };
    case "link":
    case "subscribe":
      return { do: what };
  }
}
