import type { Upstream, UpstreamResult } from "./upstream.ts";

/** The upstream, with `sent` told of every request that ended: what is known after it, and the seconds it took. */
export function measureUpstream(
  upstream: Upstream,
  sent: (kind: UpstreamResult["kind"], seconds: number) => void,
): Upstream {
  return {
    ...upstream,
    send: async (request) => {
      const begun = performance.now();
      const result = await upstream.send(request);
      sent(result.kind, (performance.now() - begun) / 1000);
      return result;
    },
  };
}
