import type { IncomingMessage } from "node:http";
import { BODY_BYTES_MAX } from "./limits.ts";

/** A request's body, or why there is none. */
export type Body =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "too_large" }
  /** The client went away while it was sending. */
  | { readonly kind: "aborted" };

/** Reads a body of bounded size from Node's own stream. */
export async function readBody(incoming: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Not destroyed on return: the refusal of a body that is too large still has to get out.
    for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_BYTES_MAX) return { kind: "too_large" };
      chunks.push(chunk);
    }
  } catch {
    return { kind: "aborted" };
  }
  return { kind: "text", text: Buffer.concat(chunks).toString("utf8") };
}
