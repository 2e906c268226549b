import { readFileSync } from "node:fs";
import { setTimeout as pass } from "node:timers/promises";
import { clientInstruction, REFUSALS, type RefusalCode } from "@keybrake/core";
import { LIMITS } from "@keybrake/proxy";
import { describe, expect, test } from "vitest";
import { IN_EVERY_STEP, WAY } from "../../packages/proxy/src/call/way.ts";
import { PAGE, refusalsPage } from "../../scripts/refusals-page.ts";
import { LOST } from "./intercepted-upstream.ts";
import { holdObject, newScene, play, type Scene, takeAllPlaces, use } from "./refusal-scene.ts";
import { UNKNOWN_KEY } from "./wire.ts";

const CODES = Object.keys(REFUSALS) as RefusalCode[];
const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;

/** How each code comes about, so that it does together with its neighbours, too. */
const ARRANGEMENTS: Readonly<Record<RefusalCode, (scene: Scene) => void>> = {
  store_unavailable: ({ last }) => {
    last.push(({ store }) => {
      store.fails = true;
    });
  },
  too_many_invalid_keys: (scene) => {
    scene.vaultKeySecret = UNKNOWN_KEY;
    scene.before.push(async ({ port }) => {
      const headers = { authorization: `Bearer ${UNKNOWN_KEY}` };
      // Not counted here: a minute may end meanwhile.
      let status = 401;
      while (status === 401) ({ status } = await fetch(`http://127.0.0.1:${port}/v1/charges`, { headers }));
    });
  },
  invalid_vault_key: (scene) => {
    scene.onLiveProxy = true;
  },
  vault_key_revoked: ({ last }) => {
    last.push(async ({ stack, key }) => {
      await stack.admin(`/vault-keys/${key.id}/revoke`, { method: "POST" });
    });
  },
  vault_key_expired: ({ policy, last }) => {
    policy.expires_in_seconds = 60;
    last.push(({ advance }) => advance(60_001));
  },
  vault_key_paused: ({ last }) => {
    last.push(async ({ stack, key }) => {
      await stack.admin(`/vault-keys/${key.id}/pause`, { method: "POST" });
    });
  },
  refusals_limited: ({ last }) => {
    last.push(async ({ stack, key, advance }) => {
      // A minute of its own: it must not end meanwhile.
      advance(MINUTE_MS - (Date.now() % MINUTE_MS));
      const refused = () => stack.call(key.vaultKeySecret, "GET", "/v1/nothing");
      await Promise.all(Array.from({ length: LIMITS.refusalsPerMinute }, refused));
    });
  },
  overloaded: ({ before }) => {
    before.push(takeAllPlaces);
  },
  body_too_large: (scene) => {
    scene.contentLength = LIMITS.bodyBytes + 1;
    scene.withholdsBody = true;
  },
  body_late: (scene) => {
    scene.withholdsBody = true;
  },
  operation_not_allowed: ({ policy }) => {
    policy.allowed_operations = ["customers.list"];
  },
  request_invalid: (scene) => {
    scene.body = "amount=100&amount=200&currency=usd";
  },
  binding_not_met: ({ policy }) => {
    policy.bind = { run_id: "another" };
  },
  account_not_allowed: ({ headers }) => {
    headers["stripe-account"] = "acct_foreign";
  },
  metadata_reserved: ({ form }) => {
    form["metadata[keybrake_key]"] = "key_of_somebody_else";
  },
  card_data_not_allowed: ({ form }) => {
    delete form.source;
    Object.assign(form, { "source[object]": "card", "source[number]": "4242424242424242" });
  },
  customer_not_allowed: ({ policy }) => {
    policy.customers = ["cus_allowed"];
  },
  idempotency_key_required: ({ policy, headers }) => {
    policy.dedupe = "key";
    delete headers["idempotency-key"];
  },
  object_in_use: ({ policy, form, before, meanwhile }) => {
    policy.allowed_operations = ["charges.create", "refunds.create"];
    form.charge = "ch_in_use";
    before.push((stage) => holdObject(stage, "ch_in_use"));
    meanwhile.push(async ({ advance }) => {
      await pass(500);
      advance(LIMITS.inFlightWaitMs);
    });
  },
  currency_not_allowed: ({ policy, form }) => {
    policy.currencies = ["usd"];
    if (form.currency === "usd") form.currency = "eur";
  },
  amount_unknown: ({ form }) => {
    form.currency = "gbp";
  },
  amount_over_limit: ({ policy }) => {
    policy.max_usd_per_call = 0.5;
  },
  idempotency_error: (scene) => {
    scene.first = { end: "answered", ...scene.first, form: { amount: "50" } };
  },
  possible_repeat: ({ policy, form, before }) => {
    policy.dedupe = "act";
    before.push(async (stage) => void (await use(stage, { ...form, description: "in other words" })));
  },
  outcome_unresolved: (scene) => {
    scene.first = { form: {}, ...scene.first, end: "lost" };
    scene.last.push(({ advance }) => advance(24 * HOUR_MS));
  },
  idempotency_key_in_use: (scene) => {
    scene.first = { form: {}, ...scene.first, end: "held" };
    scene.meanwhile.push(async ({ advance }) => {
      // It waits by then, and looks at the store again and again.
      await pass(500);
      advance(LIMITS.inFlightWaitMs);
    });
  },
  call_limit_exceeded: ({ policy, before }) => {
    policy.max_calls = 1;
    before.push(async (stage) => void (await use(stage)));
  },
  rate_limited: ({ policy, before }) => {
    policy.rate_per_minute = 1;
    before.push(async (stage) => void (await use(stage)));
  },
  spend_cap_exceeded: ({ policy }) => {
    policy.daily_usd_cap = 0.6;
  },
  approval_denied: ({ policy, form, headers, before }) => {
    policy.approval = { above_usd: 0.9 };
    before.push(async (stage) => {
      // What something else speaks against is asked of nobody.
      await use(stage, { amount: "100", ...form }, { "idempotency-key": headers["idempotency-key"] ?? "" });
      const { body } = await stage.stack.admin("/approvals?status=pending");
      for (const { id } of body.data)
        await stage.stack.admin(`/approvals/${id}/deny`, { method: "POST", body: {} });
    });
  },
  approval_required: ({ policy }) => {
    policy.approval = { above_usd: 0.9 };
  },
  upstream_unreachable: ({ last }) => {
    last.push(({ upstream }) => {
      upstream.intercept = async () => ({ kind: "not_sent", reason: "ECONNREFUSED" });
    });
  },
  outcome_unknown: ({ last }) => {
    last.push(({ upstream }) => {
      upstream.intercept = async () => LOST;
    });
  },
};

/** Neighbours that never speak against the same call. */
const NEVER_BOTH: readonly (readonly [RefusalCode, RefusalCode, why: string])[] = [
  ["amount_unknown", "amount_over_limit", "An amount that is not known cannot be too high."],
  ["idempotency_error", "possible_repeat", "A call is claimed by its key or by its act."],
  ["possible_repeat", "outcome_unresolved", "The first call of an act was answered or is unknown."],
  ["outcome_unresolved", "idempotency_key_in_use", "The first call of an act has ended or has not."],
  ["upstream_unreachable", "outcome_unknown", "What was certainly not sent has no unknown outcome."],
];

const neighbours = CODES.slice(1).map((second, index) => [CODES[index] as RefusalCode, second] as const);
const isImpossible = ([first, second]: readonly [RefusalCode, RefusalCode]) =>
  NEVER_BOTH.some(([one, other]) => one === first && other === second);

function arranged(...codes: readonly RefusalCode[]): Scene {
  const scene = newScene();
  for (const code of codes) ARRANGEMENTS[code](scene);
  return scene;
}

describe("the order of the refusals", () => {
  test("the steps of the way have the codes in the order of the table, each once", () => {
    expect([IN_EVERY_STEP, ...WAY.flatMap(({ refuses }) => refuses)]).toEqual(CODES);
  });

  test("a step repeats only codes of other steps", () => {
    for (const { refuses, repeats = [] } of WAY)
      expect(repeats.filter((code) => refuses.includes(code) || !CODES.includes(code))).toEqual([]);
  });

  test("docs/refusals.md says the same", () => {
    expect(readFileSync(PAGE, "utf8")).toBe(refusalsPage());
  });

  test("every pair that is left out is one of neighbours", () => {
    for (const [first, second] of NEVER_BOTH) expect(CODES.indexOf(second)).toBe(CODES.indexOf(first) + 1);
  });
});

/** What only the table of codes says. */
const WHAT_NOW =
  /\bstop\b|do not|retry|try again|wait a|send the same|send what|send it again|is safe|ask a person|name an|let the/i;

/** A late body takes ten seconds, and hundreds of connections take their time on a busy machine. */
const SLOW = { timeout: 90_000 };

describe.concurrent("a call that one reason speaks against", SLOW, () => {
  test("and none: it is carried out", async () => {
    expect(await play(newScene())).toBeNull();
  });

  test.each(CODES)("%s, with what is so, and once what to do now", async (code) => {
    const refused = await play(arranged(code));
    expect(refused).toMatchObject({ code, keybrake: { reason: expect.stringMatching(/\.$/) } });
    const reason = refused?.keybrake.reason;
    expect(reason).not.toMatch(WHAT_NOW);
    expect(refused?.message).toBe(`${reason} ${clientInstruction(code)}`);
  });
});

describe.concurrent("a call that two reasons speak against gets the first", SLOW, () => {
  test.each(neighbours.filter((pair) => !isImpossible(pair)))("%s before %s", async (first, second) => {
    expect(await play(arranged(first, second))).toMatchObject({ code: first });
  });
});
