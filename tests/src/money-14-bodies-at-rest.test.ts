import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProxy } from "@keybrake/proxy";
import { createEmulatorControl, startEmulator } from "@keybrake/stripe-emulator";
import { expect, onTestFinished, test } from "vitest";
import { UPSTREAM_KEY } from "./stack.ts";

/*
 * Before: the body of a call whose answer was lost, card number and CVC with it, stood in clear in the store, and so
 * did every answer that a repeat would get, with the customer's address and the intent's client secret.
 */
const EMAIL = "alice.at.rest@example.com";
const CARD = "4242424242424242";
const WORDS = "a description that nobody else may read";
const CVC = "cvc-7351";

test("neither a request nor an answer is readable in any file: lost, sent again, replayed, closed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-rest-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const emulator = await startEmulator({ secretKeys: [UPSTREAM_KEY] });
  onTestFinished(() => emulator.close());
  const control = createEmulatorControl(emulator.url);
  const options = {
    stripeSecretKey: UPSTREAM_KEY,
    stripeUrl: emulator.url,
    store: join(folder, "keybrake.db"),
    port: 0,
  };
  const first = await startProxy(options);
  const { vault_key } = await first.admin.vaultKeys.create({
    name: "a",
    allowed_operations: ["charges.create", "customers.create", "paymentIntents.create"],
    daily_usd_cap: 100,
  });
  const post = async (url: string, path: string, form: Record<string, string>, name: string) => {
    const answer = await fetch(`${url}/v1/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${vault_key}`, "idempotency-key": name },
      body: new URLSearchParams(form),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const seen: string[] = [EMAIL, CARD, WORDS, CVC];
  async function search(when: string): Promise<void> {
    const files = (await readdir(folder)).filter((name) => name.startsWith("keybrake.db"));
    expect(files).toContain("keybrake.db");
    for (const file of files) {
      const bytes = await readFile(join(folder, file));
      for (const text of seen) {
        const found = [text, encodeURIComponent(text), text.replaceAll(" ", "+")].some((t) =>
          bytes.includes(t),
        );
        expect(found, `${text} in ${file}, ${when}`).toBe(false);
      }
    }
  }

  const charge = {
    amount: "500",
    currency: "usd",
    source: "tok_visa",
    receipt_email: EMAIL,
    description: WORDS,
  };
  await control.addFault({ operation: "charges.create", kind: "drop_after", times: 2 });
  expect((await post(first.url, "charges", charge, "lost")).status).toBe(504);
  await search("after a lost answer");
  expect((await post(first.url, "charges", { ...charge, "source[number]": CARD }, "raw")).status).not.toBe(
    200,
  );
  const intent = await post(first.url, "payment_intents", { amount: "500", currency: "usd" }, "intent");
  const { client_secret } = JSON.parse(intent.text) as { client_secret: string };
  expect(client_secret.length).toBeGreaterThan(20);
  seen.push(client_secret);
  const customer = await post(first.url, "customers", { email: EMAIL, description: WORDS }, "customer");
  expect(customer.text).toContain(EMAIL);
  await control.clearFaults();
  const unsaid = { ...charge, "source[object]": "card", "source[number]": CARD, "source[cvc]": CVC };
  await post(first.url, "charges", unsaid, "raw-again");
  await search("after answers");
  await first.close();
  await search("after a stop");

  // Another process of the same store can send the lost one again, and give the answers again.
  await using second = await startProxy({ ...options, port: 0 });
  const settled = await post(second.url, "charges", { ...charge, description: "reworded" }, "lost");
  expect(settled.status, settled.text).toBe(200);
  expect(settled.text).toContain(WORDS);
  expect((await post(second.url, "charges", charge, "lost")).text).toContain(WORDS);
  expect((await post(second.url, "customers", { email: EMAIL, description: WORDS }, "customer")).text).toBe(
    customer.text,
  );
  expect((await control.summary()).charges.created).toBe(1);
  await search("after the repeat");
});
