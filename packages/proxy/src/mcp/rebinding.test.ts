import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { foreignHeader, normaliseHost } from "./rebinding.ts";

const ALLOWED = new Set(["Proxy.Internal", "192.168.7.7", "fe80::7"].map(normaliseHost));

function foreign(headers: Record<string, string>, localAddress = "127.0.0.1"): "host" | "origin" | null {
  return foreignHeader({ headers, socket: { localAddress } } as unknown as IncomingMessage, ALLOWED);
}

test.each([
  ["localhost", null],
  ["127.0.0.1:8787", null],
  ["127.8.9.1", null],
  ["[::1]:1", null],
  ["proxy.internal:8787", null],
  ["PROXY.INTERNAL", null],
  ["192.168.7.7:80", null],
  ["[fe80::7]:80", null],
  ["192.168.7.8", "host"],
  ["evil.example", "host"],
  ["proxy.internal.evil.example", "host"],
  ["127.0.0.1.evil.example", "host"],
  ["localhost:8787@evil.example", "host"],
  ["evil.example#localhost", "host"],
  ["localhost/../evil.example", "host"],
  ["localhost evil.example", "host"],
  ["", "host"],
])("host %j", (host, expected) => {
  expect(foreign({ host })).toBe(expected);
});

test("the address that the connection came in on is ours, as IPv6 writes IPv4 too", () => {
  expect(foreign({ host: "10.0.0.5:8787" }, "::ffff:10.0.0.5")).toBe(null);
  expect(foreign({ host: "[2001:db8::5]" }, "2001:db8:0::5")).toBe(null);
  expect(foreign({ host: "10.0.0.6:8787" }, "::ffff:10.0.0.5")).toBe("host");
});

test.each([
  ["http://localhost:6274", null],
  ["https://proxy.internal", null],
  ["https://evil.example", "origin"],
  ["http://localhost:6274/path", "origin"],
  ["file://", "origin"],
  ["null", "origin"],
  ["", "origin"],
])("origin %j", (origin, expected) => {
  expect(foreign({ host: "localhost", origin })).toBe(expected);
});
