import type { Config } from "./config-schema.ts";
import type { Path, Place, Problem } from "./read-yaml.ts";

/** A `keybrake.yaml` that is in order. */
export interface ReadConfig {
  readonly config: Config;
  readonly placeOf: (path: Path) => Place;
}

export interface BadConfig {
  /** At least one, in the order of the file. */
  readonly problems: readonly Problem[];
}
