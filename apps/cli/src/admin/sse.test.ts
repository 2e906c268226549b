import { expect, test } from "vitest";
import { readEvents, type ServerSentEvent } from "./sse.ts";

function bodyOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return ReadableStream.from(chunks.map((chunk) => encoder.encode(chunk)));
}

async function eventsOf(...chunks: readonly string[]): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(bodyOf(...chunks))) events.push(event);
  return events;
}

test("events come whole however the bytes are cut", async () => {
  const text = ': connected\n\nevent: call\ndata: {"a":"ü"}\nid: 1\n\n: alive\n\ndata: one\ndata: two\n\n';
  const expected = [
    { event: "call", data: '{"a":"ü"}' },
    { event: "message", data: "one\ntwo" },
  ];
  expect(await eventsOf(text)).toEqual(expected);
  expect(await eventsOf(...text)).toEqual(expected);
  expect(await eventsOf(text.replaceAll("\n", "\r\n"))).toEqual(expected);
});

test("an event that was cut off is dropped", async () => {
  expect(await eventsOf("event: call\ndata: {}\n")).toEqual([]);
});

test("what is no event stream is refused rather than collected for ever", async () => {
  await expect(eventsOf("x".repeat(2 * 1024 * 1024))).rejects.toThrow("no event stream");
});
