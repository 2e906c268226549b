import type { CallFacts, CallState } from "./types.ts";

/*
 * What an act is executed once under, and what is kept for who says it again.
 */

/** The answer that a later call with the same claim gets. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a claim is unique by. Money played with claims nothing from real money. */
export interface ClaimIdentity {
  readonly vendor: string;
  readonly account: string;
  readonly simulate: boolean;
  /** Within the account: all its keys, or one of them. */
  readonly scope: string;
  readonly key: string;
}

/** The identity under which an act may be executed once; vendor, account and simulate are the call's. */
export interface ClaimRequest {
  readonly scope: string;
  readonly key: string;
  /**
   * What gives the claim its name. `key`: the caller does, and the same claim with another digest is a mistake of the
   * caller's. `act`: the act itself does, and another digest says the same act in other words.
   */
  readonly by: "key" | "act";
  /**
   * Further keys of the scope, under which another operation may have said the same act: under all of them together
   * it is executed once. Empty when no other operation says it.
   */
  readonly otherKeys: readonly string[];
  /** Digest of what is asked for, as far as two calls of one vault key under one claim must agree in it. */
  readonly actDigest: string;
  /** Digest of what two vault keys under one claim must agree in: of no less, since they do not know of each other. */
  readonly sharedDigest: string;
  /** The Idempotency-Key that the caller sent: a call under the same one, in the same words, is the first said again. */
  readonly callerKey: string | null;
  /** Whether its caller chose it for the act: then a call under the same one is the first, whatever its words. */
  readonly isKeyChosen: boolean;
  /** By act: whether an equal call is another act as soon as the first one's answer has reached somebody. */
  readonly endsWithDelivery: boolean;
  /**
   * The request as it is forwarded: what a re-send after an unknown outcome must send again. Opaque here. Null when
   * another call has the claim (`AdmitRequest.repeats`) and what the act costs now was not worked out: such a request
   * is replayed, waited for or refused, but neither admitted nor sent again.
   */
  readonly body: string | null;
  /** The Idempotency-Key as it is forwarded. */
  readonly upstreamIdempotencyKey: string;
}

export function claimIdentity(
  { vendor, account, simulate }: CallFacts,
  { scope, key }: Pick<ClaimRequest, "scope" | "key">,
): ClaimIdentity {
  return { vendor, account, simulate, scope, key };
}

/** An existing claim, as `findClaim` shows it before a call is priced. */
export interface Claim {
  readonly callId: string;
  /** Whose call it is. */
  readonly vaultKeyId: string;
  readonly actDigest: string;
  readonly state: CallState;
}
