import type { NewVaultKey } from "@keybrake/ledger";

/** What a random history asks for; the claim's key stands for its act. */
export interface SimpleAdmission {
  readonly callId: string;
  readonly at: number;
  readonly vaultKeyId: string;
  readonly usdCents: number;
  readonly claimKey: string | null;
  readonly actDigest: string;
}

export interface SimpleCall extends SimpleAdmission {
  readonly bookedAt: number;
  state: "none" | "held" | "posted" | "voided" | "unknown";
  /** Refusals and what was not admitted are not kept; replays are, because the rate counts them. */
  readonly isReplay: boolean;
  cents: number;
  postedAt: number;
  hasClaim: boolean;
  hasAnswer: boolean;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * The rules of the ledger once more, written to be read rather than to be fast: a list of calls, and sums
 * over all of it whenever something is asked. Shares no code with any store, nor with the pure decisions.
 */
export class SimpleLedger {
  now = 0;
  readonly calls: SimpleCall[] = [];
  readonly keys: readonly NewVaultKey[];
  readonly revoked = new Set<string>();
  /** The shared budget's cap now, and under which cap each budget granted its last hold. */
  sharedCapCents: number;
  readonly grantedCapCents = new Map<string, number>();

  constructor(keys: readonly NewVaultKey[], sharedCapCents: number) {
    this.keys = keys;
    this.sharedCapCents = sharedCapCents;
  }

  see(at: number): void {
    this.now = Math.max(this.now, at);
  }

  /** The calls that a budget (a key's own, or the shared one) is charged for. */
  private charged(budget: string): SimpleCall[] {
    if (budget !== "shared") return this.calls.filter((call) => call.vaultKeyId === budget);
    return this.calls.filter((call) => this.key(call.vaultKeyId).budget !== null);
  }

  heldCents(budget: string): number {
    const pending = this.charged(budget).filter((call) => call.state === "held" || call.state === "unknown");
    return pending.reduce((sum, call) => sum + call.cents, 0);
  }

  spentCents(budget: string, now = this.now): number {
    const inside = this.charged(budget).filter(
      (call) => call.state === "posted" && call.postedAt > now - DAY_MS,
    );
    return inside.reduce((sum, call) => sum + call.cents, 0);
  }

  capCents(budget: string): number | null {
    return budget === "shared" ? this.sharedCapCents : this.key(budget).dailyCapCents;
  }

  key(id: string): NewVaultKey {
    const key = this.keys.find((candidate) => candidate.id === id);
    if (key === undefined) throw new Error(`no key ${id}`);
    return key;
  }

  budgetsOf(id: string): string[] {
    return this.key(id).budget === null ? [id] : [id, "shared"];
  }

  admit(request: SimpleAdmission): string {
    this.see(request.at);
    const key = this.key(request.vaultKeyId);
    if (this.revoked.has(key.id)) return "vault_key_revoked";
    if (this.now >= key.expiresAt) return "vault_key_expired";
    const earlier = this.calls.find((call) => call.hasClaim && call.claimKey === request.claimKey);
    if (request.claimKey !== null && earlier !== undefined) return this.repeat(request, earlier);
    const admitted = this.calls.filter((call) => call.vaultKeyId === key.id && !call.isReplay).length;
    if (key.maxCalls !== null && admitted >= key.maxCalls) return "call_limit_exceeded";
    if (this.isLimited(key)) return "rate_limited";
    for (const budget of this.budgetsOf(key.id)) {
      const cap = this.capCents(budget);
      if (cap === null || request.usdCents === 0) continue;
      if (this.heldCents(budget) + this.spentCents(budget) + request.usdCents > cap)
        return "spend_cap_exceeded";
    }
    for (const budget of this.budgetsOf(key.id)) {
      const cap = this.capCents(budget);
      if (cap !== null && request.usdCents > 0) this.grantedCapCents.set(budget, cap);
    }
    this.add(request, request.claimKey !== null || request.usdCents > 0 ? "held" : "none", false);
    return "admitted";
  }

  private repeat(request: SimpleAdmission, earlier: SimpleCall): string {
    if (earlier.actDigest !== request.actDigest) return "idempotency_error";
    if (earlier.state === "held") return "in_flight";
    const isUnknown = earlier.state === "unknown";
    if (!isUnknown && !earlier.hasAnswer) return "outcome_unresolved";
    if (this.isLimited(this.key(request.vaultKeyId))) return "rate_limited";
    if (isUnknown) {
      earlier.state = "held";
      return "resend";
    }
    this.add({ ...request, claimKey: null }, "none", true);
    return "replay";
  }

  private isLimited(key: NewVaultKey): boolean {
    if (key.ratePerMinute === null) return false;
    const recent = this.calls.filter(
      (call) => call.vaultKeyId === key.id && call.bookedAt > this.now - MINUTE_MS,
    );
    return recent.length >= key.ratePerMinute;
  }

  private add(request: SimpleAdmission, state: "none" | "held", isReplay: boolean): void {
    this.calls.push({
      ...request,
      bookedAt: this.now,
      state,
      isReplay,
      cents: request.usdCents,
      postedAt: 0,
      hasClaim: request.claimKey !== null,
      hasAnswer: false,
    });
  }

  settle(
    call: SimpleCall,
    at: number,
    state: "posted" | "voided" | "unknown",
    cents: number,
    hasAnswer: boolean,
  ): void {
    this.see(at);
    call.state = state;
    if (state === "posted") {
      call.cents = cents;
      call.postedAt = this.now;
    }
    if (state === "voided" && !hasAnswer) call.hasClaim = false;
    call.hasAnswer = hasAnswer;
  }

  /** A process died: what it held is unknown. */
  crash(): void {
    for (const call of this.calls) if (call.state === "held") call.state = "unknown";
  }
}
