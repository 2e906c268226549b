import {
  createUndiciUpstream,
  type Upstream,
  type UpstreamRequest,
  type UpstreamResult,
} from "@keybrake/proxy";

/** Sees each request as it leaves, may answer it instead of Stripe, and may pass it on. */
export type Intercept = (
  request: UpstreamRequest,
  pass: () => Promise<UpstreamResult>,
) => Promise<UpstreamResult>;

/** The upstream of a stack with something in between, which a test may exchange at any time. */
export function interceptedUpstream(): {
  upstream: (origin: string) => Upstream;
  intercept: Intercept;
  readonly sent: UpstreamRequest[];
} {
  const passAll: Intercept = (_request, pass) => pass();
  const state = {
    intercept: passAll,
    sent: [] as UpstreamRequest[],
    upstream: (origin: string): Upstream => {
      const behind = createUndiciUpstream(origin);
      return {
        send: (request) => {
          state.sent.push(request);
          return state.intercept(request, () => behind.send(request));
        },
        close: () => behind.close(),
      };
    },
  };
  return state;
}

/** An answer as Stripe would give it, or as nobody should. */
export function answered(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): UpstreamResult {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    kind: "answer",
    status,
    headers: { "content-type": "application/json", "request-id": "req_made_up", ...headers },
    body: text,
  };
}

export const LOST: UpstreamResult = { kind: "unknown", reason: "ECONNRESET" };
