import { createHmac, createSecretKey } from "node:crypto";
import { isIP } from "node:net";
import type { AlertTarget } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";
import { seal, unseal } from "../vault/sealed-box.ts";
import { mayReach, type Reach } from "./guard.ts";

export const TARGET_KINDS = ["webhook", "slack"] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/** Where a target is, and with what its webhooks are signed: both are secrets, since some addresses hold a token. */
export interface Address {
  readonly url: string;
  /** Null for Slack, which checks no signature. */
  readonly secret: string | null;
}

/** Seals addresses, each for its target alone. */
export interface AddressBox {
  close(id: string, address: Address): string;
  /** Null when it was sealed with another master key, or changed. */
  open(target: Pick<AlertTarget, "id" | "box">): Address | null;
}

export function createAddressBox(bodyKey: Uint8Array, random: (length: number) => Uint8Array): AddressBox {
  const key = createSecretKey(createHmac("sha256", bodyKey).update("alert targets").digest());
  const what = (id: string) => `alert target:${id}`;
  return {
    close: (id, address) => seal(JSON.stringify(address), what(id), key, random),
    open: ({ id, box }) => {
      const text = unseal(box, what(id), key);
      return text === null ? null : (JSON.parse(text) as Address);
    },
  };
}

/** Why an address is none that alerts are sent to, in words; null when it is one. What it resolves to is judged later. */
export function whyNotTarget(text: string, reach: Reach): string | null {
  const url = URL.canParse(text) && text.length <= LIMITS.alertUrlLength ? new URL(text) : null;
  if (url === null) return "is not a URL, such as https://hooks.example.com/keybrake";
  if (url.protocol !== "https:" && !(url.protocol === "http:" && reach.allowsPrivate))
    return "must be https: alerts say what is spent";
  if (url.username !== "" || url.password !== "") return "must not hold a user name or a password";
  if (url.hash !== "") return "must not have a fragment";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !mayReach(host, url.protocol, reach))
    return "is not a public address; the proxy would have to be started with --alerts-allow-private";
  return null;
}

export function isTargetKind(kind: string): kind is TargetKind {
  return TARGET_KINDS.some((known) => known === kind);
}

const DECLARED = "target_file_";

/** The id of a target of `keybrake.yaml`: two replicas that start at once make one. */
export function declaredTargetId(name: string): string {
  return `${DECLARED}${name}`;
}

/** Whether a target came of a `keybrake.yaml`. */
export function isDeclaredTarget(id: string): boolean {
  return id.startsWith(DECLARED);
}
