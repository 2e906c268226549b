import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addKeysCreate } from "./keys-create.ts";
import { addKeysList } from "./keys-list.ts";
import { addKeysPause } from "./keys-pause.ts";
import { addKeysRevoke } from "./keys-revoke.ts";
import { addKeysRotate } from "./keys-rotate.ts";
import { addKeysSet } from "./keys-set.ts";
import { addKeysShow } from "./keys-show.ts";

export function addKeys(program: Command, io: Io): void {
  const keys = program.command("keys").description("issue, look at, change, pause, rotate and revoke keys");
  addKeysCreate(keys, io);
  addKeysList(keys, io);
  addKeysShow(keys, io);
  addKeysSet(keys, io);
  addKeysPause(keys, io);
  addKeysRotate(keys, io);
  addKeysRevoke(keys, io);
}
