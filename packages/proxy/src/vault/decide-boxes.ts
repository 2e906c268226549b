import { MASTER_KEY_BYTES, seal, unseal } from "./sealed-box.ts";

/**
 * The master key seals a handful of boxes: a credential per vendor, and the random **data key** from which everything
 * else is sealed (kept bodies and answers, approvals' arguments, addresses of alerts, sessions). So the master key is
 * changed by sealing the boxes anew, and nothing that was sealed before becomes unreadable.
 */
export interface MasterKeys {
  readonly current: Uint8Array;
  /** The one before, while it is being changed. */
  readonly before: Uint8Array | null;
}

export interface BoxesRequest {
  /** As they are kept, by name. */
  readonly boxes: Readonly<Record<string, string>>;
  readonly keys: MasterKeys;
  /** Credentials by vendor, which replace those that are sealed. */
  readonly given: Readonly<Record<string, string>>;
  readonly random: (length: number) => Uint8Array;
}

export type BoxesDecision =
  /** Neither key opens it: then none is touched. */
  | { readonly kind: "unreadable"; readonly name: string }
  | {
      readonly kind: "opened";
      readonly texts: Readonly<Record<string, string>>;
      /** What must be durable, all of it at once, before anything of `texts` is used. */
      readonly write: Readonly<Record<string, string>>;
      /** Whether the key before has opened one. */
      readonly isResealed: boolean;
    };

export const DATA_KEY = "data_key";

/** What the boxes hold, and which of them must be written. Pure but for `random`. */
export function decideBoxes({ boxes, keys, given, random }: BoxesRequest): BoxesDecision {
  const texts: Record<string, string> = {};
  const write: Record<string, string> = {};
  let isResealed = false;
  const put = (name: string, text: string) => {
    texts[name] = text;
    write[name] = seal(text, name, keys.current, random);
  };
  for (const [name, box] of Object.entries(boxes)) {
    const text = unseal(box, name, keys.current);
    if (text !== null) {
      texts[name] = text;
      continue;
    }
    const before = keys.before === null ? null : unseal(box, name, keys.before);
    if (before === null) return { kind: "unreadable", name };
    isResealed = true;
    put(name, before);
  }
  for (const [name, text] of Object.entries(given)) if (texts[name] !== text) put(name, text);
  if (texts[DATA_KEY] === undefined) put(DATA_KEY, Buffer.from(random(MASTER_KEY_BYTES)).toString("base64"));
  return { kind: "opened", texts, write, isResealed };
}
