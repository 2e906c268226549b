import type { Page } from "playwright-core";
import type { Shop } from "./plausible.ts";

/** Every page of the dashboard, by the name of its picture, with what says that it is there. */
export function tourOf({
  runs,
  orchestrator,
}: Shop): readonly { readonly name: string; readonly path: string }[] {
  return [
    { name: "overview", path: "/app" },
    { name: "keys", path: "/app/keys" },
    { name: "new-key", path: "/app/keys/new" },
    { name: "key", path: `/app/keys/${orchestrator}` },
    { name: "approvals", path: "/app/approvals" },
    { name: "calls", path: "/app/calls" },
    { name: "run-retried", path: `/app/runs/${runs.retried}` },
    { name: "run-refused", path: `/app/runs/${runs.refused}` },
    { name: "run-asking", path: `/app/runs/${runs.asking}` },
    { name: "run-unknown", path: "/app/runs/no-such-run" },
    { name: "budgets", path: "/app/budgets" },
    { name: "stop", path: "/app/stop" },
  ];
}

/** To a page, until what it asked for is on it. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  // What waits for the proxy says that it is busy.
  const busy = page.locator("[aria-busy=true]");
  for (let tries = 0; tries < 250 && (await busy.count()) > 0; tries++) await page.waitForTimeout(20);
}
