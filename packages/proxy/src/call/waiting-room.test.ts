import { expect, test } from "vitest";
import { createWaitingRoom } from "./waiting-room.ts";

test("who waits is told when the last one who works on the claim has left", async () => {
  const room = createWaitingRoom();
  room.enter("claim_1");
  const early = room.wait("claim_1", 60_000);
  // Sent again by another call, before the first has gone.
  room.enter("claim_1");
  room.leave("claim_1", null);
  const late = room.wait("claim_1", 60_000);
  expect(late).toBeDefined();
  room.leave("claim_1", null);
  await Promise.all([early, late]);
  expect(room.wait("claim_1", 60_000)).toBeUndefined();
});

test("a wait has an end of its own", async () => {
  const room = createWaitingRoom();
  room.enter("claim_1");
  await room.wait("claim_1", 1);
  expect(room.wait("claim_2", 60_000)).toBeUndefined();
});
