import { expect, test } from "vitest";
import { firstFrame, frameReader } from "./http-frame.ts";

const PLAIN = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const EMPTY = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const CHUNKED =
  "HTTP/1.1 402 No\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n";

test.each([PLAIN, EMPTY, CHUNKED])("the end of %j is found, and not before all of it is there", (message) => {
  const bytes = Buffer.from(message);
  expect(firstFrame(Buffer.from(`${message}HTTP/1.1 2`))?.length).toBe(bytes.length);
  for (let length = 0; length < bytes.length; length += 1) {
    expect(firstFrame(bytes.subarray(0, length)), String(length)).toBeNull();
  }
});

test.each([1, 7, 1000])("messages in pieces of %i bytes are told one by one", (size) => {
  const heads: string[] = [];
  const read = frameReader((head) => heads.push(head));
  const bytes = Buffer.from(PLAIN + CHUNKED + EMPTY + PLAIN);
  for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size));
  expect(heads.map((head) => head.split("\r\n")[0])).toEqual([
    "HTTP/1.1 200 OK",
    "HTTP/1.1 402 No",
    "GET / HTTP/1.1",
    "HTTP/1.1 200 OK",
  ]);
});
