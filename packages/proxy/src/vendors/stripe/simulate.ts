/**
 * Answers for vault keys with `simulate: true`: Stripe-shaped, deterministic, without Stripe. Nothing is
 * remembered; what later calls need to know is in the id itself (`ch_mock_1999_usd_4f2a90c1d3e5`), so that a
 * refund of a simulated charge is priced by the same look-up as a real one.
 */
import { createHash } from "node:crypto";
import { isParams, type Params, textParam } from "./form.ts";
import type { Operation } from "./operation.ts";
import { SIMULATED_OBJECTS, type Simulated } from "./simulated-objects.ts";

export interface SimulatedCall {
  readonly operation: Operation;
  /** Decoded body, or decoded query of a GET. */
  readonly params: Params;
  /** Normalised path. */
  readonly path: string;
  readonly pathParams: readonly string[];
  /** Digest of the act: the same act makes the same id. */
  readonly act: string;
  /** Milliseconds since the epoch; becomes `created`. */
  readonly at: number;
}

export interface SimulatedAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** An id that carries its amount, as made here. */
const MOCK_ID = /^[a-z]{2,6}_mock_(\d{1,12})_([a-z]{3})_([0-9a-f]{12})$/;

/** What an id that carries no amount is taken to stand for. */
const DEFAULT_AMOUNT = { amountMinor: 1000, currency: "usd" } as const;

/** Answers a call as Stripe would if it agreed. Lists are empty; every id exists; nothing is declined. */
export function simulateAnswer(call: SimulatedCall): SimulatedAnswer {
  const { operation } = call;
  if (operation.version === "v2") return unsupported(operation);
  if (operation.kind !== undefined) return { status: 200, body: emptyList(call) };
  if (operation.name === "balance.retrieve") return { status: 200, body: emptyBalance() };
  const dot = operation.name.lastIndexOf(".");
  const object = SIMULATED_OBJECTS.get(operation.name.slice(0, dot));
  const action = operation.name.slice(dot + 1);
  if (object === undefined || !object.actions.includes(action)) return unsupported(operation);
  const { prefix, render } = object;
  const id = call.pathParams[0];
  const facts = id === undefined ? createdFacts(call, prefix) : existingFacts(call, id);
  if (action === "del") return { status: 200, body: { id: facts.id, object: object.object, deleted: true } };
  return { status: 200, body: { id: facts.id, object: object.object, ...render(facts, action) } };
}

/** A new object: its id carries amount, currency and the digest of the act. */
function createdFacts(call: SimulatedCall, prefix: string): Simulated {
  const amountMinor = wholeNumber(textParam(call.params, "amount"));
  const currency = (textParam(call.params, "currency") ?? originCurrency(call.params)).toLowerCase();
  const digest = call.act.slice(0, 12);
  const id =
    amountMinor === null ? `${prefix}_mock_${digest}` : `${prefix}_mock_${amountMinor}_${currency}_${digest}`;
  return { id, amountMinor: amountMinor ?? 0, currency, digest, ...shared(call) };
}

/** The currency of the object that a refund is of. */
function originCurrency(params: Params): string {
  const origin = textParam(params, "charge") ?? textParam(params, "payment_intent") ?? "";
  return readMockId(origin).currency;
}

function existingFacts(call: SimulatedCall, id: string): Simulated {
  const { amountMinor, currency, digest } = readMockId(id);
  return { id, amountMinor, currency, digest, ...shared(call) };
}

function shared({ params, at }: SimulatedCall): Pick<Simulated, "params" | "metadata" | "created"> {
  const metadata = isParams(params.metadata) ? { ...params.metadata } : {};
  return { params, metadata, created: Math.floor(at / 1000) };
}

function readMockId(id: string): { amountMinor: number; currency: string; digest: string } {
  const [, amount, currency, digest] = MOCK_ID.exec(id) ?? [];
  if (amount === undefined || currency === undefined || digest === undefined) {
    return { ...DEFAULT_AMOUNT, digest: createHash("sha256").update(id).digest("hex").slice(0, 12) };
  }
  return { amountMinor: Number(amount), currency, digest };
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : null;
}

function emptyList({ operation, path }: SimulatedCall): unknown {
  return operation.kind === "search"
    ? { object: "search_result", url: path, has_more: false, data: [], next_page: null }
    : { object: "list", url: path, has_more: false, data: [] };
}

function emptyBalance(): unknown {
  const funds = [{ amount: 0, currency: "usd", source_types: { card: 0 } }];
  return { object: "balance", available: funds, livemode: false, pending: funds };
}

function unsupported({ name }: Operation): SimulatedAnswer {
  return {
    status: 404,
    body: {
      error: {
        type: "invalid_request_error",
        code: "simulation_unsupported",
        message: `${name} cannot be simulated. Use a vault key without simulate, or another operation.`,
      },
    },
  };
}
