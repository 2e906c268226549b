import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { LocalProxy } from "@keybrake/proxy";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";

/** The Chromium that `pnpm test:browser` found; undefined under `pnpm test`, which leaves these tests out. */
export const CHROMIUM = process.env.KEYBRAKE_BROWSER;

export async function launch(executablePath: string): Promise<Browser> {
  // Loaded only where there is a browser.
  const { chromium } = await import("playwright-core");
  // Its sandbox wants another user than root, as whom containers run.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** A port that nobody had a moment ago: an issuer is told where people come back to before the proxy starts. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A window of its own, in which nothing may go wrong unseen, and nothing may be loaded from elsewhere. */
export interface Window extends AsyncDisposable {
  readonly page: Page;
  /** What a script of the proxy's pages threw, what the console was told of as an error, and each request to another host. */
  readonly complaints: readonly string[];
  /** Of what was loaded, as it came over the wire. */
  readonly bytes: () => Promise<number>;
}

export async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Window> {
  const context = await browser.newContext({ baseURL: url, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  const sizes: Promise<number>[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    // Chromium says so of each answer with an error's status, which the page shows in words.
    const isOurs = page.url().startsWith(url) && !/the server responded with a status/.test(message.text());
    if (message.type() === "error" && isOurs) complaints.push(message.text());
  });
  page.on("request", (request) => {
    const isOurs = request.frame().url().startsWith(url) && !request.isNavigationRequest();
    const { origin } = new URL(request.url());
    if (isOurs && origin !== url) complaints.push(`asked ${origin}`);
  });
  page.on("requestfinished", (request) => {
    if (/\/app(?:$|\/assets\/)/.test(new URL(request.url()).pathname))
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  return {
    ...{ page, complaints },
    bytes: async () => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Signs in by admin key, as a person does. */
export async function signIn({ page }: Window, { adminKey }: Pick<LocalProxy, "adminKey">): Promise<void> {
  await page.goto("/app");
  await page.getByLabel("Admin key").fill(adminKey);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("navigation").waitFor();
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

/** What axe has to say of the page as it is now, by all of its rules or by some: rule, and where. */
export async function axe(page: Page, rules: readonly string[] | null): Promise<string[]> {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const found = (await page.evaluate(
    `axe.run(document, ${JSON.stringify({ resultTypes: ["violations"], ...(rules && { runOnly: rules }) })})
      .then(({ violations }) => violations)`,
  )) as Violation[];
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}

/** Every so often until it holds; fails when it does not within a second. */
export async function withinASecond(what: string, holds: () => Promise<boolean>): Promise<void> {
  const start = performance.now();
  while (!(await holds())) {
    expect(performance.now() - start, `${what}, within a second`).toBeLessThan(1000);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(performance.now() - start, `${what}, within a second`).toBeLessThan(1000);
}
