import type { LoadedState } from "../store.ts";
import type { Rows, Statement } from "./connect.ts";

/** In which partition a call's row is: when it was booked, by its sequence. */
export type Places = Map<number, number>;

/** A part of what is loaded. It is left out when nothing of it is needed. */
export interface Part {
  readonly isNeeded: boolean;
  readonly statement: (from: number) => Statement;
  readonly read: (rows: Rows, into: Reading) => void;
}

export interface Reading {
  readonly state: LoadedState;
  readonly places: Places;
  /** When the oldest row was booked that was looked for too late; null when there is none. */
  oldest: number | null;
}
