/** Calls as agents make them, whose answers are looked at and not believed. */

export interface ProbeRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly form?: Readonly<Record<string, string>>;
}

export interface ProbeAnswer {
  readonly status: number;
  /** Of the error; null for a success, and for what is no error of this shape. */
  readonly code: string | null;
  /** Of the object that was answered. */
  readonly id: string | null;
  readonly replayed: boolean;
}

export interface Prober {
  /** `key` null: without any. The answer of whoever answers; rejects when nobody does. */
  probe(
    key: string | null,
    request: ProbeRequest,
    headers?: Readonly<Record<string, string>>,
  ): Promise<ProbeAnswer>;
}

function bodyOf(text: string): { readonly id?: unknown; readonly error?: { readonly code?: unknown } } {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return {};
  }
}

const textOrNull = (value: unknown) => (typeof value === "string" ? value : null);

/** Asks the proxy at `proxyUrl` as a client of Stripe's would. */
export function createProber(proxyUrl: string, fetchFunction: typeof fetch): Prober {
  return {
    async probe(key, { method, path, form }, headers = {}) {
      const response = await fetchFunction(`${proxyUrl}/stripe${path}`, {
        method,
        redirect: "manual",
        headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
        ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
      });
      const { id, error } = bodyOf(await response.text());
      return {
        status: response.status,
        code: textOrNull(error?.code),
        id: textOrNull(id),
        replayed: response.headers.get("idempotent-replayed") === "true",
      };
    },
  };
}

/** An answer in a few words. */
export function said({ status, code }: ProbeAnswer): string {
  return code === null ? `HTTP ${status}` : `HTTP ${status}, ${code}`;
}
