import { expect, test } from "vitest";
import { shareFairly } from "./fair-share.ts";
import type { UpstreamRequest, UpstreamResult } from "./upstream.ts";

const REQUEST: UpstreamRequest = { method: "GET", path: "/", headers: {}, body: null };

/** An upstream that answers when it is told to, and says who it is busy with. */
function newScene(sockets: number, queueMs = 60_000) {
  const busy: { key: string; waitedMs: number | undefined; end: () => void }[] = [];
  const shared = shareFairly(
    {
      send: ({ path, waitedMs }) =>
        new Promise<UpstreamResult>((resolve) => {
          const sent = {
            ...{ key: path, waitedMs },
            end: () => {
              busy.splice(busy.indexOf(sent), 1);
              resolve({ kind: "answer", status: 200, headers: {}, body: path });
            },
          };
          busy.push(sent);
        }),
      close: async () => {},
    },
    { sockets, queueMs },
  );
  const send = (key: string, times = 1) =>
    Array.from({ length: times }, () => shared.send({ ...REQUEST, path: key }, key));
  const count = (key: string) => busy.filter((sent) => sent.key === key).length;
  const end = async (key: string) => {
    busy.find((sent) => sent.key === key)?.end();
    await new Promise(setImmediate);
  };
  return { send, busy, count, end };
}

test("one key alone gets half of the sockets, two a third each, and another finds one at once", () => {
  const { send, count } = newScene(12);
  send("a", 100);
  expect(count("a")).toBe(6);
  send("b", 100);
  expect(count("b")).toBe(3);
  send("c", 100);
  expect(count("c")).toBe(2);
  send("d");
  expect(count("d")).toBe(1);
});

test("what is released goes to the key with the fewest, in the order of arrival, and none is lost", async () => {
  const { send, count, end, busy } = newScene(4);
  const answers = [...send("a", 6), ...send("b", 3), ...send("c", 2)];
  expect([count("a"), count("b"), count("c")]).toEqual([2, 1, 1]);
  await end("a");
  // Each has one now, and the fourth is kept for another key.
  expect([count("a"), count("b"), count("c")]).toEqual([1, 1, 1]);
  while (busy.length > 0) await end(busy[0]?.key ?? "");
  expect((await Promise.all(answers)).map(({ kind }) => kind)).toEqual(Array(11).fill("answer"));
  send("a", 100);
  expect(count("a")).toBe(2);
});

test("who finds no socket in time was not sent, and the wait counts against the request's time", async () => {
  const { send, end, busy } = newScene(2, 50);
  const [first, second, third] = send("a", 3);
  await end("a");
  expect(busy[0]?.waitedMs).toBeGreaterThanOrEqual(0);
  expect(await third).toEqual({ kind: "not_sent", reason: "SOCKETS_TAKEN" });
  await end("a");
  expect([await first, await second].map((result) => result?.kind)).toEqual(["answer", "answer"]);
});
