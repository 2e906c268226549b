import type { NewBudget, NewVaultKey } from "@keybrake/ledger";
import { type SimpleCaller, SimpleHalts } from "./simple-halts.ts";

/** What a random history asks for; the claim's key stands for its act. */
export interface SimpleAdmission {
  readonly callId: string;
  readonly at: number;
  readonly vaultKeyId: string;
  readonly caller: SimpleCaller;
  readonly usdMicros: number;
  readonly claimKey: string | null;
  readonly actDigest: string;
  /** The object whose total it sets. */
  readonly objectId: string | null;
}

/** How a call of a random history ends. */
export interface SimpleEnd {
  readonly state: "posted" | "voided" | "unknown" | "awaiting";
  /** What moved, or what the object comes to. */
  readonly micros: number;
  readonly hasAnswer: boolean;
  readonly refused: boolean;
  readonly objectId: string;
  /** Whether `micros` is the object's total. */
  readonly isTotal: boolean;
}

export interface SimpleCall extends Omit<SimpleAdmission, "objectId"> {
  readonly bookedAt: number;
  state: "none" | "held" | "posted" | "voided" | "unknown" | "awaiting";
  /** Refusals and what was not admitted are not kept; replays are, because the rate counts them. */
  readonly isReplay: boolean;
  micros: number;
  overHoldMicros: number;
  objectId: string | null;
  postedAt: number;
  hasClaim: boolean;
  hasAnswer: boolean;
  /** Answered with success, and not paid. */
  isUnpaid: boolean;
}

const MINUTE_MS = 60_000;

/** One budget's counters for real or for simulate keys. An own budget is named by its key. */
export interface SimpleBook {
  readonly budget: string;
  readonly simulate: boolean;
}

/**
 * The rules of the ledger once more, written to be read rather than to be fast: a list of calls, and sums
 * over all of it whenever something is asked. Shares no code with any store, nor with the pure decisions.
 */
export class SimpleLedger {
  now = 0;
  readonly calls: SimpleCall[] = [];
  readonly keys: readonly NewVaultKey[];
  readonly halts = new SimpleHalts();
  /** The shared budgets with their caps as they are now; a parent before its children. */
  budgets: readonly NewBudget[];
  /** Under which cap each book granted its last hold. */
  readonly grantedCaps = new Map<string, { readonly book: SimpleBook; readonly capMicros: number }>();

  constructor(keys: readonly NewVaultKey[], budgets: readonly NewBudget[]) {
    this.keys = keys;
    this.budgets = budgets;
  }

  see(at: number): void {
    this.now = Math.max(this.now, at);
  }

  /** The calls that a book is charged for. */
  private charged({ budget, simulate }: SimpleBook): SimpleCall[] {
    return this.calls.filter(({ vaultKeyId }) => {
      return this.key(vaultKeyId).simulate === simulate && this.budgetsOf(vaultKeyId).includes(budget);
    });
  }

  heldMicros(book: SimpleBook): number {
    return this.charged(book)
      .filter((call) => isOpen(call) || call.state === "awaiting")
      .reduce((sum, call) => sum + call.micros, 0);
  }

  spentMicros(book: SimpleBook): number {
    return this.inside(book).reduce((sum, call) => sum + call.micros, 0);
  }

  /** What of it moved although nothing was held for it. */
  overHoldMicros(book: SimpleBook): number {
    return this.inside(book).reduce((sum, call) => sum + call.overHoldMicros, 0);
  }

  private inside(book: SimpleBook): SimpleCall[] {
    const { windowMs } = this.limits(book.budget);
    return this.charged(book).filter(
      (call) => call.state === "posted" && (windowMs === null || call.postedAt > this.now - windowMs),
    );
  }

  /** The calls that an object of the key's account names, which its simulate keys do not share. */
  private about(objectId: string, simulate: boolean | undefined): SimpleCall[] {
    return this.calls.filter(
      (call) => call.objectId === objectId && this.key(call.vaultKeyId).simulate === simulate,
    );
  }

  countedMicros(objectId: string, simulate: boolean | undefined): number {
    const counted = this.about(objectId, simulate).filter(
      ({ state }) => state === "posted" || state === "awaiting",
    );
    return counted.reduce((sum, call) => sum + call.micros, 0);
  }

  /** What the book still allows; null when its budget has no cap. */
  remainingMicros(book: SimpleBook): number | null {
    const { capMicros } = this.limits(book.budget);
    return capMicros === null
      ? null
      : Math.max(0, capMicros - this.heldMicros(book) - this.spentMicros(book));
  }

  private limits(budget: string): { readonly capMicros: number | null; readonly windowMs: number | null } {
    return this.budgets.find(({ name }) => name === budget) ?? this.key(budget).ownBudget;
  }

  key(id: string): NewVaultKey {
    const key = this.keys.find((candidate) => candidate.id === id);
    if (key === undefined) throw new Error(`no key ${id}`);
    return key;
  }

  /** The budgets of a key: its own, those it names, and all that are above them. */
  budgetsOf(id: string): string[] {
    const above = this.key(id).budgets.flatMap((name) => this.lineOf(name));
    return [...new Set([id, ...above])];
  }

  /** A shared budget, its parent, and so on. */
  lineOf(name: string): string[] {
    const parent = this.budgets.find((budget) => budget.name === name)?.parent ?? null;
    return parent === null ? [name] : [name, ...this.lineOf(parent)];
  }

  booksOf(id: string): SimpleBook[] {
    const { simulate } = this.key(id);
    return this.budgetsOf(id).map((budget) => ({ budget, simulate }));
  }

  admit(request: SimpleAdmission): string {
    this.see(request.at);
    const key = this.key(request.vaultKeyId);
    const ended = this.halts.endOf(key, request.caller, this.now);
    if (ended !== null) return ended;
    const earlier = this.claimed(request.claimKey, key.simulate);
    if (request.claimKey !== null && earlier !== undefined) return this.repeat(request, earlier);
    const admitted = this.calls.filter((call) => call.vaultKeyId === key.id && !call.isReplay).length;
    if (key.maxCalls !== null && admitted >= key.maxCalls) return "call_limit_exceeded";
    if (this.isLimited(key)) return "rate_limited";
    const capped = this.booksOf(key.id).filter((book) => this.limits(book.budget).capMicros !== null);
    // A cap of 0 is read-only: no claim passes, whatever it costs.
    if (request.claimKey !== null && capped.some((book) => this.limits(book.budget).capMicros === 0))
      return "spend_cap_exceeded";
    if (request.usdMicros > 0) {
      if (capped.some((book) => (this.remainingMicros(book) ?? 0) < request.usdMicros))
        return "spend_cap_exceeded";
      for (const book of capped) this.grant(book);
    }
    this.add(request, request.claimKey !== null || request.usdMicros > 0 ? "held" : "none", false);
    return "admitted";
  }

  private grant(book: SimpleBook): void {
    const capMicros = this.limits(book.budget).capMicros ?? 0;
    this.grantedCaps.set(`${book.budget} ${book.simulate}`, { book, capMicros });
  }

  private repeat(request: SimpleAdmission, earlier: SimpleCall): string {
    if (earlier.actDigest !== request.actDigest) return "idempotency_error";
    if (earlier.state === "held") return "in_flight";
    const isUnknown = earlier.state === "unknown";
    if (!isUnknown && !earlier.hasAnswer) return "outcome_unresolved";
    if (this.isLimited(this.key(request.vaultKeyId))) return "rate_limited";
    if (earlier.vaultKeyId !== request.vaultKeyId && this.isBeyond(request.vaultKeyId, earlier.micros))
      return "spend_cap_exceeded";
    if (isUnknown) return this.resend(request, earlier);
    this.add({ ...request, claimKey: null }, "none", true);
    return "replay";
  }

  /** With what it would cost now, if that is more than it held. */
  private resend({ vaultKeyId, usdMicros }: SimpleAdmission, earlier: SimpleCall): string {
    const more = usdMicros - earlier.micros;
    if (more > 0) {
      if (earlier.vaultKeyId !== vaultKeyId) return "outcome_unresolved";
      const capped = this.booksOf(vaultKeyId).filter((book) => this.limits(book.budget).capMicros !== null);
      if (capped.some((book) => (this.remainingMicros(book) ?? 0) < more)) return "spend_cap_exceeded";
      for (const book of capped) this.grant(book);
      earlier.micros += more;
    }
    earlier.state = "held";
    return "resend";
  }

  /** Whether the key's budgets could not hold so much, were nothing spent. */
  private isBeyond(id: string, micros: number): boolean {
    const caps = this.booksOf(id)
      .map(({ budget }) => this.limits(budget).capMicros)
      .filter((cap) => cap !== null);
    return caps.length === 0 ? micros > 0 : caps.some((cap) => cap === 0 || micros > cap);
  }

  /** The call that has a claim of the key's account. */
  claimed(claimKey: string | null, simulate: boolean | undefined): SimpleCall | undefined {
    return this.calls.find(
      (call) =>
        call.hasClaim && call.claimKey === claimKey && this.key(call.vaultKeyId).simulate === simulate,
    );
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
      micros: request.usdMicros,
      overHoldMicros: 0,
      postedAt: 0,
      hasClaim: request.claimKey !== null,
      hasAnswer: false,
      isUnpaid: false,
    });
  }

  settle(call: SimpleCall, at: number, end: SimpleEnd): void {
    this.see(at);
    const { refused, hasAnswer, objectId } = end;
    const { simulate } = this.key(call.vaultKeyId);
    const ownMicros = call.state === "awaiting" && call.objectId === objectId ? call.micros : 0;
    const counted = end.isTotal ? this.countedMicros(objectId, simulate) - ownMicros : 0;
    const moved = Math.max(0, end.micros - counted);
    const isPosted = end.state === "posted" && (moved > 0 || !refused);
    if (isPosted) {
      // What is counted of the object's total only now, no other call will post again.
      const others = this.about(objectId, simulate).filter((other) => other !== call && isOpen(other));
      const lessened = (end.isTotal ? others : []).map((other) => ({
        other,
        micros: Math.min(other.micros, Math.max(0, moved - ownMicros)),
      }));
      const own = lessened.filter(({ other }) => other.vaultKeyId === call.vaultKeyId);
      const held = own.reduce((sum, { micros }) => sum + micros, call.micros);
      for (const { other, micros } of lessened) other.micros -= micros;
      call.overHoldMicros = Math.max(0, moved - held);
      call.micros = moved;
      call.postedAt = this.now;
    }
    call.objectId = objectId;
    call.state = end.state === "posted" && !isPosted ? "voided" : end.state;
    const neverHappened = call.state === "voided" ? !call.isUnpaid : call.state !== "unknown" && refused;
    if (neverHappened && !hasAnswer) call.hasClaim = false;
    call.hasAnswer ||= hasAnswer;
    call.isUnpaid = call.state === "awaiting" && !refused;
  }

  /** A process died: what it held is unknown. */
  crash(): void {
    for (const call of this.calls) if (call.state === "held") call.state = "unknown";
  }
}

function isOpen({ state }: SimpleCall): boolean {
  return state === "held" || state === "unknown";
}
