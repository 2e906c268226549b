import type { MovedMoney } from "@keybrake/stripe-emulator";
import { codeOf, type Desk, stripeClient } from "./desk.ts";
import type { Disaster } from "./disasters.ts";
import { CAP_USD, POUND_USD, RAW_KEY, type Side } from "./sides.ts";

/** What one side's disaster did to the books. */
export interface Damage {
  /** Charges and refunds that Stripe made. */
  readonly made: number;
  /** Millionths of a US dollar that they moved, by Stripe's own books. */
  readonly movedMicros: number;
  /** More moved than the agent was to spend. */
  readonly capPassed: boolean;
  /** Exactly what should have happened. */
  readonly asItShould: boolean;
  /** Of what was refused or unanswered, each code once, in order. */
  readonly codes: readonly string[];
  /** Keybrake's own books say the same as Stripe's, and nothing is left open; null on the other side. */
  readonly booksAgree: boolean | null;
}

export interface Comparison {
  readonly disaster: Disaster;
  readonly plain: Damage;
  readonly keybrake: Damage;
}

const MICROS_PER_CENT = 10_000;
const MICROS_PER_DOLLAR = 100 * MICROS_PER_CENT;

/** As the proxy counts it: no fraction of a cent is dealt with here. */
function microsOf({ currency, amount_minor }: MovedMoney): number {
  return currency === "gbp"
    ? Math.round(amount_minor * MICROS_PER_CENT * Number(POUND_USD))
    : amount_minor * MICROS_PER_CENT;
}

/** A request to Stripe itself, past any proxy. */
async function atStripe(url: string, path: string, form: Record<string, string>): Promise<string> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${RAW_KEY}` },
    body: new URLSearchParams(form),
  });
  const { id } = (await response.json()) as { readonly id?: string };
  if (id === undefined) throw new Error(`The stand-in for Stripe answered ${response.status} to ${path}.`);
  return id;
}

async function movedAt(side: Side): Promise<readonly MovedMoney[]> {
  return (await side.emulator.books()).moved;
}

async function playOn(side: Side, disaster: Disaster): Promise<Damage> {
  const { url } = side.emulator;
  const customer = await atStripe(url, "/v1/customers", { source: "tok_visa" });
  const earlierCharge = await atStripe(url, "/v1/charges", { amount: "5000", currency: "usd", customer });
  const before = new Set((await movedAt(side)).map(({ object }) => object));
  const connection = await side.connect(disaster);
  const codes = new Set<string>();
  const attempt: Desk["attempt"] = async (call) => {
    try {
      await call(stripeClient(connection));
      return true;
    } catch (error) {
      codes.add(codeOf(error));
      return false;
    }
  };
  await disaster.play({ connection, customer, earlierCharge, stripeFaults: side.emulator, attempt });
  await side.emulator.clearFaults();

  const moved = (await movedAt(side)).filter(({ object }) => !before.has(object));
  const movedMicros = moved.reduce((sum, each) => sum + microsOf(each), 0);
  const { made, usd } = disaster.should;
  const own = await connection.ownBooks();
  return {
    made: moved.length,
    movedMicros,
    capPassed: movedMicros > CAP_USD * MICROS_PER_DOLLAR,
    asItShould: moved.length === made && movedMicros === usd * MICROS_PER_DOLLAR,
    codes: [...codes],
    booksAgree: own === null ? null : own.postedMicros === movedMicros && own.open === 0,
  };
}

/** Plays one disaster on both sides at once. */
export async function play(
  sides: { readonly plain: Side; readonly keybrake: Side },
  disaster: Disaster,
): Promise<Comparison> {
  const [plain, keybrake] = await Promise.all([
    playOn(sides.plain, disaster),
    playOn(sides.keybrake, disaster),
  ]);
  return { disaster, plain, keybrake };
}
