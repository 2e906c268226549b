/** Metadata that the proxy writes on Stripe's objects, so that Stripe's dashboard shows which agent did it. */
import type { Reserved, Stamp } from "../vendor.ts";
import { hasParam, isParams, type Params, type ParamValue } from "./form.ts";
import { OPERATIONS, type Operation } from "./operation.ts";
import { mayMoveMoney } from "./pricing.ts";

const RESERVED_PREFIX = "keybrake_";

/** Where the id of the call stands that made an object. */
export const CALL_STAMP = "keybrake_call";
/** And the vault key of that call. */
export const KEY_STAMP = "keybrake_key";
/** And what its agent said of itself. */
export const STAMPS_OF_AGENT = { run: "keybrake_run", agent: "keybrake_agent" } as const;

/** Stripe's limit for one metadata value. */
const METADATA_VALUE_CHARS_MAX = 500;

/** The proxy's own metadata is its own: a client that could set it could hide behind another agent. */
export function reservedMetadata(operation: Operation, params: Params): Reserved | null {
  const reserved = reservedMetadataKey(params);
  if (reserved !== null) {
    const reason = `Metadata names that begin with keybrake_ are set by the proxy. Leave out metadata[${reserved}].`;
    return { param: `metadata[${reserved}]`, reason };
  }
  if (!unsetsStamp(operation, params)) return null;
  const reason =
    "Empty metadata would unset the proxy's own. Unset the names that you mean, one by one: metadata[name]=.";
  return { param: "metadata", reason };
}

/** The first metadata key of the client, at any depth, that only the proxy may write; null when there is none. */
export function reservedMetadataKey(params: Params): string | null {
  for (const name of Object.keys(params)) {
    const value = params[name] ?? "";
    const found = name === "metadata" && isParams(value) ? reservedKeyOf(value) : reservedInside(value);
    if (found !== null) return found;
  }
  return null;
}

function reservedKeyOf(metadata: Params): string | null {
  return Object.keys(metadata).find((key) => key.toLowerCase().startsWith(RESERVED_PREFIX)) ?? null;
}

function reservedInside(value: ParamValue): string | null {
  if (typeof value === "string") return null;
  if (!Array.isArray(value)) return reservedMetadataKey(value);
  for (const item of value) {
    const found = reservedInside(item);
    if (found !== null) return found;
  }
  return null;
}

/**
 * Whether the call would take the stamp off an object that may carry one: empty `metadata` unsets all of it
 * (docs.stripe.com/api/metadata).
 */
export function unsetsStamp(operation: Operation, params: Params): boolean {
  if (!hasParam(params, "metadata") || params.metadata !== "" || isStamped(operation)) return false;
  const resource = operation.name.slice(0, operation.name.lastIndexOf("."));
  const makers = [`${resource}.create`, operation.name.replace(/\.update([^.]*)$/, ".create$1")];
  return makers.some((name) => {
    const maker = OPERATIONS.get(name);
    return maker !== undefined && isStamped(maker);
  });
}

/**
 * The parameters with the stamp in `metadata`, as a new object; the same parameters when the operation does
 * not create an object that moves money and takes metadata (a stamp on an update would overwrite the maker's),
 * or when the client's metadata is text, which Stripe refuses in its own words. Empty metadata is replaced.
 */
export function stampMetadata(operation: Operation, params: Params, stamp: Stamp): Params {
  if (!isStamped(operation)) return params;
  const present = hasParam(params, "metadata") ? params.metadata : "";
  if (present !== "" && !isParams(present)) return params;
  const metadata: Params = Object.assign(Object.create(null), present === "" ? {} : present);
  metadata[KEY_STAMP] = cut(stamp.key);
  metadata[CALL_STAMP] = cut(stamp.call);
  if (stamp.run) metadata[STAMPS_OF_AGENT.run] = cut(stamp.run);
  if (stamp.agent) metadata[STAMPS_OF_AGENT.agent] = cut(stamp.agent);
  return Object.assign(Object.create(null), params, { metadata });
}

function isStamped(operation: Operation): boolean {
  const action = operation.name.slice(operation.name.lastIndexOf(".") + 1);
  return operation.acceptsMetadata && action.startsWith("create") && mayMoveMoney(operation.name);
}

/** At most 500 characters, never half of a surrogate pair. */
function cut(value: string): string {
  return value
    .toWellFormed()
    .slice(0, METADATA_VALUE_CHARS_MAX)
    .replace(/[\ud800-\udbff]$/, "");
}
