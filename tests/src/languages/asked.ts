import { GO } from "./go.ts";
import { JAVA } from "./java.ts";
import type { Language } from "./language.ts";

export const LANGUAGES: readonly Language[] = [GO, JAVA];

/** Languages are tried only where somebody asks: their tools are not on every machine, and fetch and compile for minutes. */
export function isAskedFor({ name }: Language): boolean {
  return (process.env.KEYBRAKE_LANGUAGES ?? "").split(",").includes(name);
}
