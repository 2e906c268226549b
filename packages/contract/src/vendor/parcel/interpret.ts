import type { Unintelligible, UpstreamAnswer, Verdict, VerdictContext } from "@keybrake/proxy";

function parse(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" ? (value as Readonly<Record<string, unknown>> | null) : null;
  } catch {
    return null;
  }
}

/** Parcel quotes keys in its errors, too. */
export function redactOwnKeys(text: string): string {
  return text.replaceAll(/parcel_(?:live|test)_[a-z0-9]+/g, "[redacted]");
}

/** Parcel carries out what it answers with 2xx, nothing that it answers with 4xx, and says nothing else. */
export function interpret(
  { status, body }: UpstreamAnswer,
  { write }: VerdictContext,
): Verdict | Unintelligible {
  const object = parse(body);
  const succeeded = status >= 200 && status < 300;
  if (object === null || status < 200 || (status >= 300 && status < 400))
    return { ok: false, reason: object === null ? "answer_unreadable" : `http_${status}` };
  const [error] = (object.errors ?? []) as readonly { readonly reason?: string }[];
  const state = succeeded ? "posted" : status < 500 ? "voided" : "unknown";
  const answer = { status, headers: { "content-type": "application/json" }, body: redactOwnKeys(body) };
  return {
    ok: true,
    state: write ? state : "none",
    stored: write && succeeded ? answer : null,
    code: succeeded ? null : (error?.reason ?? `http_${status}`),
    upstreamRequestId: null,
    objectId: typeof object.id === "string" ? object.id : null,
    object: succeeded ? object : null,
    unpaid: false,
    declined: false,
    replayedUpstream: false,
    answer,
  };
}
