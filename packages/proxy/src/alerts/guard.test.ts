import { expect, test } from "vitest";
import { mayReach } from "./guard.ts";
import { whyNotTarget } from "./targets.ts";

const closed = { allowsPrivate: false };
const open = { allowsPrivate: true };

/** By the registries of special addresses (RFC 6890), and the ways to write one of them as another. */
const INSIDE = [
  ...[
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
  ],
  ...[
    "192.0.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
  ],
  ...[
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
  ],
  ...["64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001::1"],
];

test.each(INSIDE)("%s is reached by nobody who was not told that they may", (address) => {
  expect(mayReach(address, "https:", closed)).toBe(false);
  expect(mayReach(address, "https:", open)).toBe(true);
  expect(mayReach(address, "http:", open)).toBe(true);
});

test.each(["1.1.1.1", "172.32.0.1", "192.169.0.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])(
  "%s is public, and nothing goes there in clear",
  (address) => {
    expect(mayReach(address, "https:", closed)).toBe(true);
    expect(mayReach(address, "http:", closed)).toBe(false);
    expect(mayReach(address, "http:", open)).toBe(false);
  },
);

test.each([
  ["https://hooks.example.com/a?b=c", closed, null],
  ["https://1.1.1.1/", closed, null],
  ["http://10.0.0.1/", open, null],
  ["http://hooks.internal:8080/x", open, null],
  ["http://hooks.example.com/", closed, "must be https"],
  ["https://2130706433/", closed, "is not a public address"],
  ["https://[::ffff:7f00:1]/", closed, "is not a public address"],
  ["javascript:alert(1)", open, "must be https"],
  [`https://hooks.example.com/${"x".repeat(2000)}`, closed, "is not a URL"],
  ["https://a:b@hooks.example.com/", open, "must not hold a user name"],
  ["https://hooks.example.com/#a", open, "must not have a fragment"],
])("%s with %j: %s", (url, reach, why) => {
  if (why === null) expect(whyNotTarget(url, reach)).toBeNull();
  else expect(whyNotTarget(url, reach)).toContain(why);
});
