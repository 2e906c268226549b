/**
 * The port between the way of a call and the API that it is for. The steps under `call/` know these names and no
 * vendor; a vendor is one folder beside this file that implements them as pure functions over plain data (only
 * `createProxy`'s composition names it). Nothing here reads a clock, makes an id or touches the network.
 */
import type { StoredAnswer } from "@keybrake/ledger";
import type { Answer, Refusal } from "../refusal.ts";
import type { UpstreamResult } from "../upstream/upstream.ts";
import type { Act, ActContext } from "./act.ts";
import type { Amount, PricePlan } from "./price-plan.ts";
import type { Comparison, MadeListing, PostedCall, Trace, TracedCall } from "./trace.ts";

export type { Amount, PricePlan } from "./price-plan.ts";

/** Lower-case names; repeated headers joined as Node joins them. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The first value of a header; null when it is absent or empty. `name` is lower-case. */
export function headerOf(headers: Headers, name: string): string | null {
  const value = headers[name];
  const single = Array.isArray(value) ? value[0] : value;
  return single === undefined || single === "" ? null : single;
}

/** One operation of the vendor's table. */
export interface Operation {
  /** As policies, rows and metrics write it: `charges.create`. */
  readonly name: string;
  readonly method: string;
  /** False only for what changes nothing. */
  readonly write: boolean;
}

/** The one operation that a method and a request target stand for. */
export interface Route {
  readonly ok: true;
  readonly operation: Operation;
  /** Normalised, without a query: for the row, and as a part of the act. */
  readonly path: string;
}

export interface Unresolved {
  readonly ok: false;
  /** A sentence for the caller. */
  readonly reason: string;
}

/** A request read once, so that what is checked, what is priced and what is forwarded cannot differ. */
export interface VendorRequest {
  readonly ok: true;
  readonly operation: Operation;
  readonly path: string;
  /** Path and query as they are forwarded, made anew. */
  readonly target: string;
}

/** The answer is `request_invalid`. */
export interface Unreadable {
  readonly ok: false;
  /** A sentence for the caller. */
  readonly reason: string;
}

/** What goes into the forwarded request besides what the caller said. */
export interface Additions {
  /** The price plan's: fixes what was priced. */
  readonly inject: Readonly<Record<string, unknown>> | null;
  readonly stamp: Stamp;
}

/** What is written on the objects that move money, so that the vendor's own pages show which agent made them. */
export interface Stamp {
  /** The vault key's id, never its secret. */
  readonly key: string;
  /** The call's id: by it the object of an unknown outcome is found. */
  readonly call: string;
  readonly run: string | null;
  readonly agent: string | null;
}

export interface EncodedBody {
  readonly body: string | null;
  readonly contentType: string | null;
}

/** A parameter that only the proxy may write: `metadata_reserved`. */
export interface Reserved {
  readonly param: string;
  readonly reason: string;
}

/** Another account of the vendor's that a parameter hands money to, or takes it from. */
export interface NamedAccount {
  readonly param: string;
  readonly account: string;
}

/** Whose money or data a call touches, for policies that allow a list of customers. */
export type CustomerQuestion =
  | { readonly kind: "named"; readonly id: string }
  /** GET this path at the vendor; `next` reads the customer's id from the answer, null when it shows none. */
  | { readonly kind: "lookup"; readonly path: string; readonly next: (object: unknown) => string | null }
  /** Nobody in particular, or two different ones: refused under a list of allowed customers. */
  | { readonly kind: "none" };

/** The vendor's answer to one request. */
export type UpstreamAnswer = Extract<UpstreamResult, { readonly kind: "answer" }>;

export interface VerdictContext {
  /** False for reads, whose outcome reserves nothing. */
  readonly write: boolean;
  /** True when an earlier attempt of the same act may have taken effect. */
  readonly resent: boolean;
  /** Whether a decline answers later calls under the claim too. By act, a later call is a new attempt. */
  readonly keepDecline: boolean;
}

/** What an upstream result means for the books and for the caller. */
export interface Verdict {
  readonly ok: true;
  /**
   * `none` for reads. Only what certainly did not take effect is `voided`; `awaiting`: the vendor asks a person. A
   * refusal that left an object which can still be paid is `posted`, like one that was made and not confirmed.
   */
  readonly state: "posted" | "voided" | "unknown" | "awaiting" | "none";
  /** Kept for replays; null gives the claim of a voided call back. */
  readonly stored: StoredAnswer | null;
  /** The error that is answered; null on success. */
  readonly code: string | null;
  readonly upstreamRequestId: string | null;
  readonly objectId: string | null;
  /** The parsed body of a success, or what a refusal left alive; null otherwise. */
  readonly object: unknown;
  /** Whether what was made or changed commits its payer and is not paid yet: it can be paid without any further call. */
  readonly unpaid: boolean;
  /** Whether the vendor answers the same again under the same Idempotency-Key, whatever has changed since. */
  readonly declined: boolean;
  /** The vendor itself answered with an earlier execution. */
  readonly replayedUpstream: boolean;
  /** Scrubbed: what the caller gets. */
  readonly answer: Answer;
}

/** The answer cannot be the vendor's own, and so says nothing. */
export interface Unintelligible {
  readonly ok: false;
  /** `http_302`, `answer_unreadable`. */
  readonly reason: string;
}

export interface SimulationContext {
  /** Digest of the act: ids are made from it, so that equal acts have equal ones. */
  readonly act: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly callId: string;
}

/** `live` and `test` say which kind of credential stands behind a vault key. */
export type CredentialMode = "live" | "test";

/** What can be told from a credential's text. */
export interface CredentialKind {
  readonly mode: CredentialMode;
  /**
   * Tells the vendor's accounts apart, as far as the text does: one for all credentials of an account where it names
   * it, else one of its own. No secret can be read from it.
   */
  readonly owner: string;
  /** For whoever runs the proxy: this credential may do more than it should. Never quotes it. */
  readonly warning: string | null;
}

/** Where the vendor shows its objects of one kind. */
export interface ObjectPage {
  /** What the ids begin with: `ch_`. */
  readonly starts: string;
  /** An address to which the id is put. */
  readonly at: string;
}

/**
 * One API. `R` and `Q` are what its own `resolve` and `decode` made: it is only ever given those back, so its
 * functions may ask for the narrower types.
 */
export interface Vendor<R extends Route = Route, Q extends VendorRequest = VendorRequest> {
  /** As keys, paths (`/<name>/…`) and rows write it. */
  readonly name: string;
  /** As messages write it. */
  readonly title: string;

  /** Where its clients put their key, and so a vault key, if not into Authorization. */
  readonly keyHeader: string | null;
  /** Of the client's headers only these are forwarded, lower-case; `accountsNamed` decides which accounts. */
  readonly passedHeaders: readonly string[];
  /** The header that its Idempotency-Keys go into; null when it has none. */
  readonly idempotencyHeader: string | null;
  /** How long it remembers such a key. 0: an outcome that is unknown is never sent again. */
  readonly idempotencyMemoryMs: number;

  /** `target` as it came in, the vendor's own prefix included; the headers say whose client sent it. */
  resolve(method: string, target: string, headers: Headers): R | Unresolved;
  decode(route: R, headers: Headers, body: string): Q | Unreadable;
  encode(request: Q, additions: Additions): EncodedBody;

  /** Null when the request writes nothing that is the proxy's. */
  reserved(request: Q): Reserved | null;
  /** The accounts that the headers ask to act for instead of the credential's own. */
  accountsNamed(headers: Headers): readonly string[];
  /** The accounts in the parameters of a write. */
  accountsIn(request: Q): readonly NamedAccount[];
  customerOf(request: Q): CustomerQuestion;
  /** The parameters of a write one by one, as its clients write them: for a person who is asked about it. */
  parametersOf(request: Q): Readonly<Record<string, string>>;
  /** The parameter that holds a card's number or code; null when none does. */
  cardDataIn(request: Q): string | null;

  price(request: Q): PricePlan;
  /** The currencies that the parameters name, lower-case: policies hold for them where no figure can be told, too. */
  currenciesIn(request: Q): readonly string[];
  /** Ids of the objects that a write changes, or whose state its price depends on: calls about one take turns. */
  objectsOf(request: Q): readonly string[];
  /** How many minor units make one major unit of the currency, as this vendor counts: 1, 100, 1000 … */
  minorPerMajor(currency: string): number;

  act(request: Q, context: ActContext): Act;
  /** Whether the operation brings an object into a state: doing A, B and A again is three acts. */
  setsState(request: Q): boolean;
  /** The objects that a success has undone: what was said of them is true no more. */
  undoneBy(request: Q, object: unknown): readonly string[];
  /** Whether an SDK made the Idempotency-Key for one call: the next call has another, whatever it is about. */
  isMadeUpKey(key: string): boolean;
  /** An Idempotency-Key that stood among the parameters, where the vendor takes none; it is not forwarded there. */
  keyAmongParams(request: Q): string | null;

  /** A kept answer as a later call gets it: said to be a replay, in the vendor's way. */
  replayed(kept: StoredAnswer, callId: string): Answer;
  /**
   * What of a kept answer names what was made, for who asked for the same by another operation and can do nothing with
   * the answer itself; null when it names nothing. No secrets: the first call may have been another key's.
   */
  outline(answer: StoredAnswer): Readonly<Record<string, unknown>> | null;
  interpret(answer: UpstreamAnswer, context: VerdictContext): Verdict | Unintelligible;
  /** What a success says was moved or reserved; `priced` where it does not say. */
  moved(operation: string, object: unknown, priced: Amount): Amount;

  /**
   * What a success says that it cost, in millionths of a US dollar: of a vendor whose plans are in them; null where it
   * does not say, and then it cost what was priced.
   */
  chargedMicros(operation: string, object: unknown): number | null;

  /** How what became of a call is found out, by look-ups alone; `untraceable` where the vendor has no way. */
  trace(call: TracedCall): Trace;
  /**
   * Where everything is listed that calls of the proxy made since then, by the vendor's clock. One call's object may be
   * listed twice; its first listing counts. Empty for a vendor whose lists show no stamps.
   */
  madeSince(sinceMs: number): readonly MadeListing[];
  /** How a posted row is compared with the object that it is about; null when nothing can be compared. */
  compare(call: PostedCall): Comparison | null;

  /** A refusal in the vendor's own error shape. `retry`: its SDKs may repeat the call by themselves. */
  refusalAnswer(
    refusal: Refusal,
    context: { readonly callId: string | null; readonly retry: boolean },
  ): Answer;
  /** An answer in the vendor's shapes, made without it; an error when the operation cannot be simulated. */
  simulate(request: Q, context: SimulationContext): UpstreamAnswer;

  /**
   * The text with every key of the vendor's in it made unreadable, and every vault key: for rows, which show what callers
   * put into headers and paths. Bounded by the text's length, whatever it is.
   */
  redact(text: string): string;
  /** Whether the text looks like one of the vendor's own keys, which are never taken for a vault key. */
  isOwnKey(text: string): boolean;
  /** Throws `ProxyError` `credential_invalid`, without quoting it, for what is no credential. */
  readCredential(credential: string): CredentialKind;
  credentialHeaders(credential: string): Readonly<Record<string, string>>;

  /** The vendor's own pages of objects, for people who look at a row: `at` and the id of what begins with `starts`. */
  objectPages(mode: CredentialMode): readonly ObjectPage[];
  /** Whether a text can be the id of a customer, and of another account: policies list them. */
  isCustomerId(text: string): boolean;
  isAccountId(text: string): boolean;
  /** Patterns of an allowlist, for whoever wrote one that names nothing: `charges.create or customers.*`. */
  readonly patternExamples: string;
  /** A pattern of an allowlist in the one spelling that policies store; null when it names nothing. */
  canonicalPattern(pattern: string): string | null;
  operationsMatching(pattern: string): readonly string[];
  /** Whether a stored pattern covers the operation. */
  patternCovers(pattern: string, operation: string): boolean;
  /** Whether a policy may say what a call of the operation counts when no figure can be told. */
  isAssumable(operation: string): boolean;
  /** Also true for what it does not know: fail closed. */
  mayMoveMoney(operation: string): boolean;
}
