import Stripe from "stripe";
import { createEmulatorControl, type EmulatorControl } from "./control.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "./emulator.ts";

/** A key that every emulator accepts by default. */
export const TEST_KEY = "sk_test_x";

/** A running emulator with an unmodified official client and its controls. */
export interface Bench extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly stripe: Stripe;
  readonly control: EmulatorControl;
  /** A plain request with the test key; the body is form-encoded text. */
  request(
    method: string,
    path: string,
    options?: { readonly body?: string; readonly headers?: Record<string, string> },
  ): Promise<PlainAnswer>;
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: PlainBody;
}

/** The parts of an answer that tests look at, whichever of them it has. */
export interface PlainBody {
  readonly id: string;
  readonly status: string;
  readonly livemode: boolean;
  readonly metadata: Record<string, string>;
  readonly data: readonly { readonly id: string }[];
  readonly error: {
    readonly type: string;
    readonly code?: string;
    readonly param?: string;
    readonly message: string;
  };
}

/** The official client, without retries so that every request is one that the test made. */
export function newClient(emulator: Emulator, key: string = TEST_KEY): Stripe {
  return new Stripe(key, {
    host: "127.0.0.1",
    port: emulator.port,
    protocol: "http",
    maxNetworkRetries: 0,
  });
}

/** Starts an emulator for one test; `await using` stops it. */
export async function startBench(options: EmulatorOptions = {}): Promise<Bench> {
  const emulator = await startEmulator({ seed: 1, ...options });
  return {
    emulator,
    stripe: newClient(emulator),
    control: createEmulatorControl(emulator.url),
    async request(method, path, { body, headers } = {}) {
      const response = await fetch(`${emulator.url}${path}`, {
        method,
        ...(body === undefined ? {} : { body }),
        headers: {
          authorization: `Bearer ${TEST_KEY}`,
          ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
          ...headers,
        },
      });
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as PlainBody,
      };
    },
    [Symbol.asyncDispose]: emulator.close,
  };
}

/** What a rejected promise was rejected with; fails the test when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await promise;
  } catch (error) {
    return error as Stripe.errors.StripeError;
  }
  throw new Error("expected a rejection");
}

/** Resolves when the first request has arrived in full and its endpoint is known. */
export async function executing(bench: Bench): Promise<void> {
  while ((await bench.control.requests()).data[0]?.operation == null) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
