/**
 * `npx pnpm@10 screenshots [folder]`: a proxy whose agents have had a day, and a picture of each page of its dashboard in light,
 * dark and phone width, in `.screenshots` unless told. To be looked at; nothing is asserted, and nothing is committed.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { findChromium, NO_CHROMIUM } from "./chromium.ts";
import { launch, open, signIn } from "./door.ts";
import { buildPages } from "./pages.ts";
import { openShop, type Shop } from "./plausible.ts";
import { tourOf, visit } from "./tour.ts";

const ROOT = join(import.meta.dirname, "../../..");

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  phone: {
    viewport: { width: 390, height: 844 },
    colorScheme: "light",
    deviceScaleFactor: 2,
    hasTouch: true,
  },
};

async function takeAll(browser: Browser, shop: Shop, look: string, folder: string): Promise<void> {
  await using window = await open(browser, shop.proxy.url, LOOKS[look]);
  const { page } = window;
  const take = (name: string) =>
    page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true });
  await page.goto("/app");
  await page.getByLabel("Admin key").waitFor();
  await take("sign-in");
  await signIn(window, shop.proxy);
  for (const { name, path } of tourOf(shop)) {
    await visit(page, path);
    await take(name);
  }
  for (const complaint of window.complaints) console.error(`${look}: ${complaint}`);
}

const chromium = findChromium();
if (chromium === null) {
  console.error(`No pictures: ${NO_CHROMIUM}.`);
  process.exit(1);
}
const folder = process.argv[2] ?? join(ROOT, ".screenshots");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
buildPages();
await using shop = await openShop();
const browser = await launch(chromium);
for (const look of Object.keys(LOOKS)) await takeAll(browser, shop, look, folder);
await browser.close();
console.log(folder);
