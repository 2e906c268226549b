import { type LocalProxy, startProxy } from "@keybrake/proxy";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startIssuer } from "../oidc/issuer.ts";
import { axe, CHROMIUM, freePort, launch, open, signIn, type Window, withinASecond } from "./door.ts";
import { openShop, type Shop } from "./plausible.ts";
import { tourOf, visit } from "./tour.ts";

/*
 * The dashboard in a real Chromium, in front of a real proxy: what a person clicks, and what that does to agents. Only
 * Stripe is a stand-in, and the OpenID issuer is npm's oidc-provider.
 */

const LIGHT = { viewport: { width: 1280, height: 900 }, colorScheme: "light" } as const;

/** Each of a dozen pages is loaded, and looked through by axe: seconds, and on a machine that does much else minutes. */
const MANY_PAGES_MS = 180_000;

interface Charged {
  readonly status: number;
  readonly code: string | null;
}

async function charge(
  { url }: LocalProxy,
  vaultKey: string,
  amount: number,
  reference: string,
): Promise<Charged> {
  const response = await fetch(`${url}/v1/charges`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${vaultKey}`,
      "x-agent-name": "billing",
      "x-agent-run-id": "run-browser",
    },
    body: new URLSearchParams({
      amount: `${amount}`,
      currency: "usd",
      source: "tok_visa",
      "metadata[reference]": reference,
    }),
  });
  const body = (await response.json()) as { error?: { code?: string } };
  return { status: response.status, code: body.error?.code ?? null };
}

const LEFT_OUT = "in Chromium (left out: `pnpm test:browser`)";

describe.skipIf(CHROMIUM === undefined)(CHROMIUM === undefined ? LEFT_OUT : "in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(CHROMIUM ?? "");
  });
  afterAll(() => browser?.close());

  describe("a person", () => {
    let proxy: LocalProxy;
    beforeAll(async () => {
      proxy = await startProxy();
    });
    afterAll(() => proxy?.close());

    const enter = async (): Promise<Window> => {
      const window = await open(browser, proxy.url, LIGHT);
      await signIn(window, proxy);
      return window;
    };
    const issue = (name: string, more: object = {}) =>
      proxy.admin.vaultKeys.create({ name, role: "billing", daily_usd_cap: 1000, ...more });

    test("a wrong admin key is told so; the right one signs in, and signing out ends it", async () => {
      await using window = await open(browser, proxy.url, LIGHT);
      const { page } = window;
      await page.goto("/app/calls");
      await page.getByLabel("Admin key").fill("admin_000000000000");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText("not an admin key").waitFor();
      await page.getByLabel("Admin key").fill(proxy.adminKey);
      await page.keyboard.press("Enter");
      // The page that was asked for.
      await page.getByRole("heading", { name: "Calls", level: 1 }).waitFor();
      expect(await page.evaluate("document.cookie")).toBe("");
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("Admin key").waitFor();
      await page.goto("/app/keys");
      await page.getByLabel("Admin key").waitFor();
      expect(window.complaints).toEqual([]);
    });

    test("a key is made and shown once; its call stands among the calls as soon as it is answered", async () => {
      await using window = await enter();
      const { page } = window;
      await page.goto("/app/keys/new");
      await page.getByLabel("Name", { exact: true }).fill("made-in-chromium");
      await page.getByLabel("Daily USD cap").fill("25");
      await page.getByRole("button", { name: "Create the key" }).click();
      const secret = (await page.getByLabel("Vault key", { exact: true }).textContent()) ?? "";
      expect(secret).toMatch(/^vk_test_[\w-]{20,}$/);
      await page.getByRole("navigation").getByRole("link", { name: "Calls" }).click();
      await page.getByText("Live").waitFor();
      expect(await charge(proxy, secret, 1200, "live")).toEqual({ status: 200, code: null });
      await withinASecond("the row", () =>
        page.getByRole("cell", { name: "charges.create" }).first().isVisible(),
      );
      expect((await charge(proxy, secret, 2000, "over")).code).toBe("spend_cap_exceeded");
      await withinASecond("the refusal", () => page.getByText("spend_cap_exceeded").first().isVisible());
      await page.goBack();
      expect(await page.content()).not.toContain(secret);
      expect(window.complaints).toEqual([]);
    });

    test("a key is revoked by a click: its agent's next call fails within a second", async () => {
      const { vault_key } = await issue("to-be-revoked");
      await using window = await enter();
      const { page } = window;
      await page.goto("/app/keys");
      expect((await charge(proxy, vault_key, 100, "before")).status).toBe(200);
      await page.getByRole("button", { name: "Revoke to-be-revoked" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
      let tries = 0;
      await withinASecond("the refusal", async () => {
        const { code } = await charge(proxy, vault_key, 100, `after-${tries++}`);
        return code === "vault_key_revoked";
      });
      await page
        .getByRole("row", { name: /to-be-revoked/ })
        .getByText("revoked", { exact: true })
        .waitFor();
      expect(window.complaints).toEqual([]);
    });

    test("what waits is approved: the agent's next try goes through, once", async () => {
      const { id, vault_key } = await issue("asks", { approval: { above_usd: 50 } });
      expect((await charge(proxy, vault_key, 7500, "annual")).code).toBe("approval_required");
      await using window = await enter();
      const { page } = window;
      await page.goto("/app/approvals");
      const card = page.getByRole("article", { name: /charges\.create/ });
      await card.getByText("$75.00").first().waitFor();
      await card.getByRole("button", { name: /^Approve/ }).click();
      await page
        .getByRole("dialog")
        .getByLabel(/Reason/)
        .fill("asked the customer");
      await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
      await card.waitFor({ state: "detached" });
      expect((await charge(proxy, vault_key, 7500, "annual")).status).toBe(200);
      const { data } = await proxy.admin.approvals.list({ vault_key_id: id });
      expect(data).toMatchObject([{ status: "used", decided_reason: "asked the customer" }]);
      // Another one asks anew.
      expect((await charge(proxy, vault_key, 7500, "another")).code).toBe("approval_required");
      expect(window.complaints).toEqual([]);
    });

    test("everything is stopped with a word that is typed, within a second, and goes on when that is lifted", async () => {
      const { vault_key } = await issue("goes-on");
      await using window = await enter();
      const { page } = window;
      await page.goto("/app/stop");
      await page.getByRole("button", { name: "Stop everything" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Stop everything" }).click();
      // Without the word nothing happens.
      expect((await charge(proxy, vault_key, 100, "still")).status).toBe(200);
      await dialog.getByLabel(/Type STOP/).fill("STOP");
      await dialog.getByRole("button", { name: "Stop everything" }).click();
      let tries = 0;
      await withinASecond("the refusal", async () => {
        const { code } = await charge(proxy, vault_key, 100, `stopped-${tries++}`);
        return code === "vault_key_paused";
      });
      await page.getByRole("button", { name: "Lift Everything" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Lift" }).click();
      await withinASecond(
        "going on",
        async () => (await charge(proxy, vault_key, 100, `on-${tries++}`)).status === 200,
      );
      expect(window.complaints).toEqual([]);
    });

    test("a person comes in by OpenID, and may what their group may", async () => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const client = {
        id: "keybrake",
        secret: "a-secret-of-the-client",
        redirectUri: `${url}/app/oidc/callback`,
      };
      await using issuer = await startIssuer(client, { ana: { groups: ["books"], name: "Ana" } });
      const { id: clientId, secret: clientSecret } = client;
      await using here = await startProxy({
        ...{ port, publicUrl: url },
        oidc: { issuer: issuer.url, clientId, clientSecret, groups: { books: "auditor" } },
      });
      await here.admin.vaultKeys.create({ name: "seen", role: "billing", daily_usd_cap: 10 });
      await using window = await open(browser, url, LIGHT);
      const { page } = window;
      await page.goto("/app/keys");
      await page.getByRole("link", { name: /^Sign in with/ }).click();
      await page.locator("input[name=login]").fill("ana");
      await page.locator("input[name=password]").fill("any");
      await page.locator("button[type=submit]").click();
      await page.locator("button[type=submit]").click();
      // Back where the way began, with a session that scripts do not see.
      await page.getByRole("heading", { name: "Keys", level: 1 }).waitFor();
      expect(page.url()).toBe(`${url}/app/keys`);
      expect(await page.evaluate("document.cookie")).toBe("");
      await page.getByRole("link", { name: "seen" }).waitFor();
      // An auditor sees no button that would be refused.
      expect(await page.getByRole("button", { name: /Revoke/ }).count()).toBe(0);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("link", { name: /^Sign in with/ }).waitFor();
      expect(window.complaints).toEqual([]);
    });
  });

  describe("every page", () => {
    let shop: Shop;
    beforeAll(async () => {
      shop = await openShop();
    });
    afterAll(() => shop?.[Symbol.asyncDispose]());

    // What is dark differs by its colours alone.
    test.each([
      ["light", null],
      ["dark", ["color-contrast"]],
    ] as const)(
      "has nothing that axe speaks against in %s",
      async (colorScheme, rules) => {
        await using window = await open(browser, shop.proxy.url, { ...LIGHT, colorScheme });
        const { page } = window;
        await page.goto("/app");
        await page.getByLabel("Admin key").waitFor();
        const found = { "sign-in": await axe(page, rules) };
        await signIn(window, shop.proxy);
        for (const { name, path } of tourOf(shop)) {
          await visit(page, path);
          Object.assign(found, { [name]: await axe(page, rules) });
        }
        expect(Object.entries(found).filter(([, complaints]) => complaints.length > 0)).toEqual([]);
        expect(window.complaints).toEqual([]);
      },
      MANY_PAGES_MS,
    );

    test(
      "is no wider than a phone",
      async () => {
        await using window = await open(browser, shop.proxy.url, { viewport: { width: 360, height: 740 } });
        await signIn(window, shop.proxy);
        const wide: string[] = [];
        for (const { name, path } of tourOf(shop)) {
          await visit(window.page, path);
          const width = await window.page.evaluate("document.documentElement.scrollWidth");
          if (Number(width) > 360) wide.push(`${name}: ${width}`);
        }
        expect(wide).toEqual([]);
      },
      MANY_PAGES_MS,
    );

    test("comes from the proxy alone, and the first one weighs less than 250 kB", async () => {
      await using window = await open(browser, shop.proxy.url, LIGHT);
      const { page } = window;
      await page.goto("/app");
      await page.getByLabel("Admin key").waitFor();
      const shown = await page.evaluate("performance.now()");
      const bytes = await window.bytes();
      console.log(`first view after ${Math.round(Number(shown))} ms, ${bytes} bytes as sent`);
      expect(bytes).toBeGreaterThan(20_000);
      expect(bytes).toBeLessThan(250_000);
      expect(window.complaints).toEqual([]);
    });
  });
});
