import { createUndiciUpstream, type Upstream } from "@keybrake/proxy";

/** An upstream whose answers can be lost on the way back: Stripe executes, nobody hears of it. */
export interface LossyUpstream {
  /** The way to Stripe, for the proxy. */
  readonly open: (origin: string) => Upstream;
  /** The answers of the next `count` writes are thrown away. */
  loseAnswers(count: number): void;
  /** Requests that reached Stripe. */
  readonly requests: () => number;
}

export function createLossyUpstream(): LossyUpstream {
  let toLose = 0;
  let requests = 0;
  return {
    open: (origin) => {
      const upstream = createUndiciUpstream(origin);
      return {
        async send(request) {
          requests += 1;
          const result = await upstream.send(request);
          if (request.method !== "POST" || toLose === 0) return result;
          toLose -= 1;
          return { kind: "unknown", reason: "the answer was lost (demo)" };
        },
        close: () => upstream.close(),
      };
    },
    loseAnswers(count) {
      toLose = count;
    },
    requests: () => requests,
  };
}
