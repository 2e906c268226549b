import { expect, test } from "vitest";
import { createWaitingRoom } from "./waiting-room.ts";

test("who waits is told when the last one who works on the call has left", async () => {
  const room = createWaitingRoom();
  room.enter("call_1");
  const early = room.wait("call_1", 60_000);
  // Sent again by another call, before the first has gone.
  room.enter("call_1");
  room.leave("call_1");
  const late = room.wait("call_1", 60_000);
  expect(late).toBeDefined();
  room.leave("call_1");
  await Promise.all([early, late]);
  expect(room.wait("call_1", 60_000)).toBeUndefined();
});

test("a wait has an end of its own", async () => {
  const room = createWaitingRoom();
  room.enter("call_1");
  await room.wait("call_1", 1);
  expect(room.wait("call_2", 60_000)).toBeUndefined();
});
