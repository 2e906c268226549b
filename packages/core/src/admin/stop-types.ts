import type { RoleName } from "../tools/tools.ts";

/** Which calls a stop refuses: those that have all that it names; all, when it names nothing. */
export interface StopInput {
  readonly role?: RoleName | undefined;
  /** Calls that say they are of this agent, and all calls of the keys that it has used. */
  readonly agent?: string | undefined;
  /** Labels of the key. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly reason?: string | undefined;
}

/** A stop: it refuses calls of keys that are made later, too, until it is lifted. */
export interface StopInfo {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly role: string | null;
  readonly agent: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly reason: string | null;
  /** Usable keys all of whose calls it refuses, beside calls that only name its agent. */
  readonly keys: number;
}
