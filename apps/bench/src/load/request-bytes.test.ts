import { expect, test } from "vitest";
import { chargePlan } from "../targets/target.ts";
import { firstFrame } from "./http-frame.ts";
import { requestBytes } from "./request-bytes.ts";

test("every number is a key and an act of its own, and equal numbers are equal requests", () => {
  const bytesOf = requestBytes(chargePlan({ bearers: ["vk_a", "vk_b"] }), "tag");
  const keys = new Set<string | undefined>();
  const references = new Set<string | undefined>();
  for (let count = 0; count < 1000; count += 1) {
    const text = bytesOf(count);
    expect(firstFrame(Buffer.from(text))?.length).toBe(text.length);
    keys.add(/\r\nIdempotency-Key: (\S+)\r\n/.exec(text)?.[1]);
    references.add(/metadata\[reference\]=(\S+)$/.exec(text)?.[1]);
  }
  expect([keys.size, references.size]).toEqual([1000, 1000]);
  expect(bytesOf(7)).toBe(bytesOf(7));
  expect([bytesOf(0), bytesOf(1)].map((text) => /Bearer (\S+)/.exec(text)?.[1])).toEqual(["vk_a", "vk_b"]);
});

test("a read has neither key nor body", () => {
  const text = requestBytes(chargePlan({ method: "GET", body: null }), "tag")(1);
  expect(text).toMatch(/^GET \/v1\/charges HTTP\/1\.1\r\n/);
  expect(text).toMatch(/\r\n\r\n$/);
  expect(text).not.toContain("Idempotency-Key");
});
