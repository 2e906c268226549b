import { randomBytes } from "node:crypto";
import type { Role } from "@keybrake/core";
import { usageError } from "../cli-error.ts";
import type { EnvFile } from "./env-file.ts";

/** The variable of each of a developer's keys. */
export const DEV_VARIABLES: Readonly<Record<Role, string>> = {
  billing: "KEYBRAKE_BILLING_VAULT_KEY",
  refund: "KEYBRAKE_REFUND_VAULT_KEY",
  audit: "KEYBRAKE_AUDIT_VAULT_KEY",
};

/** The keys of an earlier start. What the file does not have is made up anew. */
export interface KnownKeys {
  readonly adminKey: string | undefined;
  /** The random bytes that each key was made from. */
  readonly secrets: Readonly<Partial<Record<Role, Uint8Array>>>;
}

const DEV_KEY = /^vk_test_([A-Za-z0-9_-]{43})$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * What an earlier `dev` left in the file. Throws a usage error, before anything is written, for a file of another
 * proxy's: its address and keys would be lost.
 */
export function knownKeys({ name, variables }: EnvFile): KnownKeys {
  const foreign = (what: string) =>
    usageError(`--save-env: ${name} ${what}; it is no file of \`keybrake dev\`. Give another.`);
  const url = variables.KEYBRAKE_PROXY_URL;
  if (url !== undefined && !(URL.canParse(url) && LOOPBACK.test(new URL(url).hostname))) {
    throw foreign("names a proxy on another machine");
  }
  const secrets: Partial<Record<Role, Uint8Array>> = {};
  for (const [role, variable] of Object.entries(DEV_VARIABLES) as [Role, string][]) {
    const key = variables[variable];
    if (key === undefined || key === "") continue;
    const secret = DEV_KEY.exec(key)?.[1];
    if (secret === undefined) throw foreign(`holds in ${variable} what is no key for tests`);
    secrets[role] = Buffer.from(secret, "base64url");
  }
  return { adminKey: variables.KEYBRAKE_ADMIN_KEY || undefined, secrets };
}

/** Randomness from which the next key can be made again: the rest of the proxy's is as random as ever. */
export class KeyRandomness {
  #next: Uint8Array | undefined;

  /** The next 32 bytes that are asked for, once; undefined: random ones. */
  willBe(secret: Uint8Array | undefined): void {
    this.#next = secret;
  }

  readonly random = (length: number): Uint8Array => {
    const next = this.#next;
    if (next === undefined || next.length !== length) return randomBytes(length);
    this.#next = undefined;
    return next;
  };
}
