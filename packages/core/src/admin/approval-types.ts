/* What people are asked about acts of agents, in the admin API's own spelling. */

/** At least one of `above_usd` and `ask_at`. */
export interface ApprovalPolicyInput {
  /** A person is asked about a call that moves more US dollars than this. */
  readonly above_usd?: number | undefined;
  /** And about one that costs, once it would use up more than so many percent (1 to 99) of a budget of the key. */
  readonly ask_at?: number | undefined;
  /** Only about these operations; about all writes unless told. */
  readonly operations?: readonly string[] | undefined;
  /** How long what is asked stands, unanswered or unused: `90m`, `24h` (the default), `7d`. */
  readonly expires_in?: string | undefined;
}

/** When a person must agree to a write of a key. */
export interface ApprovalPolicy {
  readonly above_usd: number | null;
  readonly ask_at: number | null;
  readonly operations: readonly string[] | null;
  readonly expires_in: string;
}

/** What a person was asked about one act of one key. Money in US dollars, times in ISO 8601. */
export interface ApprovalInfo {
  readonly id: string;
  /** `approved`: the very same call goes through once, until `expires_at`. `used`: it did. */
  readonly status: "pending" | "approved" | "denied" | "used" | "expired";
  /** Why it was asked: the call moves much, or a budget is nearly used up. */
  readonly cause: "amount" | "budget";
  readonly vault_key_id: string;
  readonly vault_key_name: string;
  readonly vendor: string;
  readonly account: string;
  readonly simulate: boolean;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly amount_minor: number | null;
  readonly currency: string | null;
  /** What the call would move. */
  readonly usd: number;
  /** As far as the request itself names one. */
  readonly customer: string | null;
  /** As the agent wrote them: among them words of its own, which nobody has checked. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly run_id: string | null;
  readonly agent: string | null;
  readonly conversation_id: string | null;
  readonly turn: string | null;
  /** The call that asked first: its row in the audit log. */
  readonly call_id: string;
  readonly asked_at: string;
  readonly expires_at: string;
  readonly decided_at: string | null;
  readonly decided_by: string | null;
  readonly decided_reason: string | null;
  /** The call that went through with it. */
  readonly used_by: string | null;
}

/** What a person says to what they were asked. */
export interface AnswerApprovalInput {
  /** Who they are, for the record. */
  readonly by?: string | undefined;
  /** Why, for the record; of a denial the agent is told. */
  readonly reason?: string | undefined;
}

export interface ApprovalFilter {
  readonly status?: ApprovalInfo["status"] | undefined;
  readonly vault_key_id?: string | undefined;
}
