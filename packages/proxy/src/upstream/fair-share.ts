import { LIMITS } from "../limits.ts";
import type { Upstream, UpstreamRequest, UpstreamResult } from "./upstream.ts";

/** An upstream whose sockets are shared between vault keys. `send` never rejects when the upstream's does not. */
export interface SharedUpstream {
  /** `not_sent` with `SOCKETS_TAKEN` when no socket was free for the key in time. */
  send(request: UpstreamRequest, vaultKeyId: string): Promise<UpstreamResult>;
  close(): Promise<void>;
}

interface Sharer {
  sending: number;
  readonly waiting: Set<() => void>;
}

interface Share {
  readonly upstream: Upstream;
  readonly sockets: number;
  readonly queueMs: number;
  /** Keys that send or wait. */
  readonly sharers: Map<string, Sharer>;
  used: number;
}

/**
 * A key may have as many sockets as are free for all: alone half of them, two of them a third each, and so on (the
 * dynamic threshold of shared buffers: Choudhury and Hahne, 1998). However slow one key's calls are, others find
 * sockets at once; and what is released goes to the key that has the fewest.
 */
export function shareFairly(
  upstream: Upstream,
  {
    sockets = LIMITS.upstreamConnections,
    queueMs = LIMITS.upstreamQueueMs,
  }: { readonly sockets?: number; readonly queueMs?: number } = {},
): SharedUpstream {
  const share: Share = { upstream, sockets, queueMs, sharers: new Map(), used: 0 };
  return {
    send: async (request, vaultKeyId) => {
      const sharer = share.sharers.get(vaultKeyId) ?? { sending: 0, waiting: new Set() };
      share.sharers.set(vaultKeyId, sharer);
      if (sharer.waiting.size === 0 && mayTake(share, sharer)) take(share, sharer);
      else {
        const since = performance.now();
        if (!(await turn(share, sharer))) {
          forget(share, vaultKeyId, sharer);
          return { kind: "not_sent", reason: "SOCKETS_TAKEN" };
        }
        request = { ...request, waitedMs: performance.now() - since };
      }
      try {
        return await upstream.send(request);
      } finally {
        sharer.sending -= 1;
        share.used -= 1;
        forget(share, vaultKeyId, sharer);
        handOver(share);
      }
    },
    close: () => upstream.close(),
  };
}

function mayTake({ sockets, used }: Share, { sending }: Sharer): boolean {
  return sending < sockets - used;
}

function take(share: Share, sharer: Sharer): void {
  sharer.sending += 1;
  share.used += 1;
}

/** Waits for a socket, which is taken then. False when none came in time. */
function turn({ queueMs }: Share, { waiting }: Sharer): Promise<boolean> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      resolve(true);
    };
    const timer = setTimeout(() => {
      waiting.delete(go);
      resolve(false);
    }, queueMs);
    waiting.add(go);
  });
}

/** Gives what is free to who waits: always to the key with the fewest sockets. */
function handOver(share: Share): void {
  for (;;) {
    let next: Sharer | null = null;
    for (const sharer of share.sharers.values()) {
      if (sharer.waiting.size > 0 && (next === null || sharer.sending < next.sending)) next = sharer;
    }
    const [go] = next?.waiting ?? [];
    if (next === null || go === undefined || !mayTake(share, next)) return;
    next.waiting.delete(go);
    take(share, next);
    go();
  }
}

/** Keys come and go. */
function forget({ sharers }: Share, vaultKeyId: string, { sending, waiting }: Sharer): void {
  if (sending === 0 && waiting.size === 0) sharers.delete(vaultKeyId);
}
