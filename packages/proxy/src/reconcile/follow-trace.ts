import type { Account } from "../accounts.ts";
import { getFrom } from "../call/send.ts";
import { LIMITS } from "../limits.ts";
import type { Trace } from "../vendors/trace.ts";
import type { UpstreamAnswer } from "../vendors/vendor.ts";
import type { TraceEnd } from "./decide-reconciliation.ts";

/** How a look-up is made, and how many may still be. */
export interface LookUps {
  readonly account: Account;
  /** Headers that the call went out with: the account that it was for, the version that it was written in. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: () => number;
  /** Takes one look-up off the allowance; false when there is none left. */
  readonly take: () => boolean;
}

export interface Followed {
  readonly end: TraceEnd;
  /** How far the vendor's clock is from the proxy's, by its last answer. */
  readonly clockDifferenceMs: number | null;
}

/** What a look-up brought: an object, none, or why there is no answer. */
export type LookedUp =
  | { readonly ok: true; readonly object: unknown; readonly missing: boolean; readonly date: number | null }
  | {
      readonly ok: false;
      readonly reason: string;
      /** The credential may not read it. */
      readonly isForbidden: boolean;
    };

/** Follows a plan of look-ups to its end. Reads at the vendor, moves nothing, never rejects. */
export async function followTrace(start: Trace, lookUps: LookUps): Promise<Followed> {
  let trace = start;
  let clockDifferenceMs: number | null = null;
  for (let pages = 0; trace.kind === "lookup"; pages++) {
    if (pages >= LIMITS.reconcilePages) {
      const reason = "too many objects were made since; narrow it down by hand";
      return { end: { kind: "untraceable", reason }, clockDifferenceMs };
    }
    const looked = await lookUpOnce(lookUps, trace.path, trace.headers);
    if (!looked.ok) return { end: { kind: "unanswered", reason: looked.reason }, clockDifferenceMs };
    if (looked.date !== null) clockDifferenceMs = looked.date - lookUps.clock();
    trace = trace.next(looked);
  }
  return { end: trace, clockDifferenceMs };
}

/** One GET. An answer that is not the vendor's own is none. */
export async function lookUpOnce(
  { account, headers, take }: LookUps,
  path: string,
  further: Readonly<Record<string, string>> = {},
): Promise<LookedUp> {
  const { vendor } = account;
  if (!take()) return unseen("this minute's look-ups are used up");
  const result = await getFrom(account, path, { ...headers, ...further }, "reconciler");
  if (result.kind !== "answer") return unseen(`${vendor.title} cannot be reached`);
  const verdict = vendor.interpret(result, { write: false, resent: false, keepDecline: false });
  if (!verdict.ok) return unseen(`what answered was not ${vendor.title}`);
  const missing = result.status === 404 || verdict.code === "resource_missing";
  if (verdict.code !== null && !missing)
    return unseen(`${vendor.title} answered the look-up with HTTP ${result.status}`, result.status === 403);
  return { ok: true, object: verdict.object, missing, date: dateOf(result) };
}

function unseen(reason: string, isForbidden = false): LookedUp {
  return { ok: false, reason, isForbidden };
}

function dateOf({ headers }: UpstreamAnswer): number | null {
  const date = Date.parse(headers.date ?? "");
  return Number.isNaN(date) ? null : date;
}
