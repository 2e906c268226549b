import type { RefusalCode } from "@keybrake/core";
import type { Call, CallDependencies, Ending } from "./call.ts";

export type MaybePromise<T> = T | Promise<T>;

/** One step of a call's way. */
export interface Step<In extends Call = Call, Out extends Call = Call> {
  readonly name: string;
  /** The codes that are its own, in the order in which it looks; each belongs to one step. */
  readonly refuses: readonly RefusalCode[];
  /** Codes of other steps that it answers too, because it asks their question again or makes their request. */
  readonly repeats?: readonly RefusalCode[];
  /** The call with more in it, or its end. A promise only when it must wait. Rejects only when the store fails. */
  take(deps: CallDependencies, call: In): MaybePromise<Out | Ending>;
}

/** A step that takes others again: their codes are its answers too, but for those that are its own. */
export function takingAgain<In extends Call, Out extends Call>(
  others: readonly Pick<Step, "refuses" | "repeats">[],
  step: Step<In, Out>,
): Step<In, Out> {
  const { refuses, repeats = [] } = step;
  const theirs = others.flatMap((other) => [...other.refuses, ...(other.repeats ?? [])]);
  return { ...step, repeats: [...repeats, ...theirs.filter((code) => !refuses.includes(code))] };
}
