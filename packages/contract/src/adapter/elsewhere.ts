import type { SeedQuote } from "./scenario.ts";
import { quote } from "./scenarios/phrases.ts";

/** What an article says that no scenario of an adapter can show, and where it is dealt with instead. */
export interface Elsewhere {
  readonly seed: SeedQuote;
  /** One sentence. */
  readonly where: string;
}

export const ELSEWHERE: readonly Elsewhere[] = [
  {
    seed: quote(
      "openai-swarm",
      "faq",
      "OpenAI released Swarm as an educational and experimental framework, not as a production-ready library.",
    ),
    where:
      "The contract runs on frameworks that are in production use; its scenarios hold for any loop that calls tools.",
  },
  {
    seed: quote(
      "openai-swarm",
      "failure",
      "Switching a Swarm tool function from direct Stripe calls to the proxy requires changing how the client is initialized — the tool function body stays the same:",
    ),
    where: "The proxy's own tests run the unmodified official Stripe client against it.",
  },
  {
    seed: quote(
      "autogen",
      "faq",
      "The proxy handles both sync and async calls identically — it's a standard HTTPS reverse proxy.",
    ),
    where: "Tools are asynchronous; to the proxy a call is an HTTP request, whoever makes it.",
  },
  {
    seed: quote(
      "autogen",
      "faq",
      "The same vault key pattern applies: set the vault key and proxy URL in the function closure, register the function in your agent config, and Studio calls through the proxy the same way programmatic AutoGen does.",
    ),
    where: "A user interface over the same tools changes nothing of them.",
  },
  {
    seed: quote(
      "autogen",
      "failure",
      "The first control is a Stripe restricted API key scoped to exactly the resources the billing agent uses.",
    ),
    where:
      "The table of roles prints the permissions that the proxy's own restricted key needs; the proxy warns when it is given an unrestricted one.",
  },
  {
    seed: quote(
      "dspy",
      "faq",
      "The idempotency key logic is unchanged; uuid.uuid4() is thread-safe and safe to call from async code.",
    ),
    where: "Keys are made from run and act, not from a counter, so that no thread can get in their way.",
  },
  {
    seed: quote(
      "dspy",
      "faq",
      "The vault key pattern applies identically — the key is a tool-level implementation detail, not a DSPy API concern.",
    ),
    where:
      "Every adapter is a translation of the same tools; versions of a framework differ in the translation alone.",
  },
  {
    seed: quote(
      "llamaindex",
      "faq",
      "The proxy adds one network hop — typically 5–15 ms on the same region.",
    ),
    where:
      "Measured with one connection on one machine the proxy adds less than a millisecond; the network between is its owner's.",
  },
  {
    seed: quote("semantic-kernel", "faq", "Each process gets its own vault key with its own TTL."),
    where: "A step of a process is a tool call like any other: see the concurrent steps of a workflow above.",
  },
  {
    seed: quote(
      "semantic-kernel",
      "faq",
      "The vault key enforcement is at the HTTP layer — the proxy doesn't know or care whether the call came from a Handlebars plan, an auto-invoke loop, or a manual kernel invocation.",
    ),
    where: "The proxy's own tests call it without any framework.",
  },
  {
    seed: quote(
      "semantic-kernel",
      "faq",
      "The governance pattern works identically regardless of which backend model you're using.",
    ),
    where: "The contract's models are scripted: what holds does not depend on what a model is like.",
  },
  {
    seed: quote("autogen", "control", "Proxy allowlist + Stripe restricted key"),
    where:
      "The proxy's own tests run it with a restricted key of Stripe's behind it: what the allowlist lets through, the key still refuses.",
  },
  {
    seed: quote(
      "llamaindex",
      "control",
      "One-click revoke in Keybrake dashboard; agent gets 401 immediately",
    ),
    where:
      "Revoking is one request to the admin API, which `keybrake keys revoke` makes; the scenario of a revoked key shows the 401. The page `/app` has a button for it.",
  },
  {
    seed: quote("openai-swarm", "control", "One-click vault key revoke in Keybrake Dashboard"),
    where: "The same: one request, one command, or one click at /app.",
  },
];
