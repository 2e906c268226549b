import { percentEncode } from "../text.ts";

/** Parameters of a Stripe request, nested as in Stripe's documentation. Null and undefined are left out. */
export interface FormParams {
  readonly [name: string]: string | number | boolean | null | undefined | FormParams;
}

/**
 * Stripe's form encoding, as the official Node client writes it: `metadata[key]=value`, spaces as `%20`,
 * brackets literal. The order of the parameters is kept.
 */
export function encodeForm(params: FormParams): string {
  const pairs: string[] = [];
  const add = (name: string, value: FormParams[string]): void => {
    if (value === null || value === undefined) return;
    if (typeof value !== "object") {
      pairs.push(`${name}=${percentEncode(String(value))}`);
      return;
    }
    for (const [key, inner] of Object.entries(value)) {
      add(name === "" ? percentEncode(key) : `${name}[${percentEncode(key)}]`, inner);
    }
  };
  add("", params);
  return pairs.join("&");
}
