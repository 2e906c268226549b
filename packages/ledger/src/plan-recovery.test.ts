import { expect, test } from "vitest";
import { planRecovery } from "./plan-recovery.ts";

test("an owner is dead when its lease has ended, to the millisecond", () => {
  const owners = [
    { id: "void", leaseEndsAt: 0 },
    { id: "just ended", leaseEndsAt: 1000 },
    { id: "alive", leaseEndsAt: 1001 },
  ];
  expect(planRecovery({ owners, now: 1000 }).changes).toEqual({ deadOwners: ["void", "just ended"] });
});
