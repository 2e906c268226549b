import type { AdminScope } from "./admin-key-types.ts";

/** Whose admin key asks, and what the proxy holds; the admin API's own spelling. */
export interface MeInfo {
  /** `root` for the key that the proxy was started with. */
  readonly id: string;
  readonly name: string;
  readonly scope: AdminScope;
  /** The vendors' accounts that the proxy holds a credential of. */
  readonly accounts: readonly {
    readonly vendor: string;
    readonly title: string;
    readonly account: string;
    readonly mode: "live" | "test";
    /** The vendor's own page of an object whose id begins so: `at` and the id. None where a stand-in answers. */
    readonly object_pages: readonly { readonly starts: string; readonly at: string }[];
  }[];
}

/** A role that a vault key can have. */
export interface RoleInfo {
  readonly role: string;
  readonly tools: readonly { readonly name: string; readonly moves_money: boolean }[];
  /** What a key of the role may do. */
  readonly operations: readonly string[];
}
