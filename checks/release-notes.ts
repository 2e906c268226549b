/** `pnpm release:notes`: the notes of the version that the packages have, from their changelogs. */
import { readNotes } from "./release/read-notes.ts";

process.stdout.write(readNotes().notes);
