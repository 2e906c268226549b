import type { FaultSpec, RequestLog, Summary } from "./control-types.ts";

/** A client of `/_emulator/*`. Every method makes one HTTP request and throws when it is refused. */
export interface EmulatorControl {
  /** Arms a fault and returns its id. */
  addFault(fault: FaultSpec): Promise<string>;
  clearFaults(): Promise<void>;
  /** The latest requests, oldest first. */
  requests(): Promise<RequestLog>;
  /** What was executed so far. */
  summary(): Promise<Summary>;
  /** Forgets objects, idempotency keys, faults and requests; the seed customers are there again. */
  reset(): Promise<void>;
}

/** Controls a running emulator by its URL. `fetch` is a parameter for tests. */
export function createEmulatorControl(url: string, fetchFunction: typeof fetch = fetch): EmulatorControl {
  const call = async (method: string, path: string, body?: FaultSpec): Promise<unknown> => {
    const response = await fetchFunction(`${url.replace(/\/$/, "")}/_emulator/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`emulator control ${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    async addFault(fault) {
      const { id } = (await call("POST", "faults", fault)) as { id: string };
      return id;
    },
    async clearFaults() {
      await call("DELETE", "faults");
    },
    async requests() {
      return (await call("GET", "requests")) as RequestLog;
    },
    async summary() {
      return (await call("GET", "summary")) as Summary;
    },
    async reset() {
      await call("POST", "reset");
    },
  };
}
