/** An environment variable, where the platform has them (Node, Deno, Bun); undefined on the edge. */
export function environmentVariable(name: string): string | undefined {
  const platform = globalThis as { process?: { env?: Record<string, string | undefined> } };
  try {
    return platform.process?.env?.[name];
  } catch {
    // Deno without --allow-env throws.
    return undefined;
  }
}

/** What the clients take from the world; tests put their own in. */
export interface Runtime {
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Uniform in [0, 1): jitter between tries. */
  readonly random: () => number;
}

export const SYSTEM_RUNTIME: Runtime = {
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

/** The part of `fetch` that is used; every platform's own fits. */
export type FetchLike = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: string;
    signal: AbortSignal;
    redirect: "manual";
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

/** Looked up at each call, so that instrumentation that replaces `fetch` later is used. */
export const SYSTEM_FETCH: FetchLike = (url, init) => fetch(url, init);
